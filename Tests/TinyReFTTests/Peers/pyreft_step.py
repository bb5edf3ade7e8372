"""Times LoReFT training steps in pyreft, called as its own trainer calls it.

    python3 pyreft_step.py [--hidden 128 --ffn 384 …]
"""
import pyreft
import torch

from step import measure


def adapt(model, a):
    """One LoreftIntervention for the prompt's first tokens and one for the last, after every edited
    block: what pyreft makes of `share_weights=False`."""
    edits = [
        dict(layer=layer, component="block_output", low_rank_dimension=a.rank,
             intervention=pyreft.LoreftIntervention(
                 embed_dim=a.hidden, low_rank_dimension=a.rank, dtype=torch.float32))
        for _ in ("prefix", "suffix") for layer in a.edited]
    reft = pyreft.get_reft_model(model, pyreft.ReftConfig(representations=edits))
    places = [[list(side)] * a.batch for side in (a.prefix, a.suffix) for _ in a.edited]

    def loss_of(tokens, labels):
        _, output = reft({"input_ids": tokens}, labels=labels,
                         unit_locations={"sources->base": (None, places)})
        return output.loss

    return reft.get_trainable_parameters(), loss_of


measure(adapt)
