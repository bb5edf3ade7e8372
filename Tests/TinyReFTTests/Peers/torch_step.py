"""Times LoReFT training steps in PyTorch: Hugging Face's Llama with plain forward hooks.

    python3 torch_step.py [--hidden 128 --ffn 384 …]

It does what pyreft does with as few calls as PyTorch allows, and so it is the rival to beat.
"""
import torch
from torch.nn.utils.parametrizations import orthogonal

from step import measure


class LoReFT(torch.nn.Module):
    """Φ(h) = h + (W h + b − h R) Rᵀ, with R stored [d, r] and kept orthonormal as in pyreft."""

    def __init__(self, d, r):
        super().__init__()
        rotation = torch.nn.Module()
        rotation.weight = torch.nn.Parameter(torch.nn.init.orthogonal_(torch.empty(d, r)))
        self.rotation = orthogonal(rotation)
        self.source = torch.nn.Linear(d, r)

    def forward(self, h):
        R = self.rotation.weight  # once: every look at it makes it anew
        return h + (self.source(h) - h @ R) @ R.T


def adapt(model, a):
    """Two LoReFTs for every edited block's output: the prompt's first tokens, and its last."""
    edits = torch.nn.ModuleList()
    for places in a.prefix, a.suffix:
        for layer in a.edited:
            phi = LoReFT(a.hidden, a.rank)

            def hook(_, arguments, output, phi=phi, here=slice(places.start, places.stop)):
                # In place, as in pyreft; the copy is what backward needs.
                output[0][:, here] = phi(output[0][:, here].clone())

            model.model.layers[layer].register_forward_hook(hook)
            edits.append(phi)
    return list(edits.parameters()), lambda tokens, labels: model(tokens, labels=labels).loss


measure(adapt)
