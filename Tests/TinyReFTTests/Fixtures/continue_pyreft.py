"""Goes on in pyreft with training that began in TinyReFT, on one process or, sharded, on several.

    python continue_pyreft.py EXPORTED TASK SAVED
    torchrun --nproc-per-node 2 continue_pyreft.py EXPORTED TASK SAVED

EXPORTED is what docs/to_pyreft.py wrote, TASK a folder with a train.jsonl, SAVED where it is saved.
Under torchrun FSDP cuts the base up, each process sees other examples, and the gradients of the
interventions, which every process has whole, are averaged.

It is written for data/base: for another one, change BASE and what begins and ends a text below.
"""
import json, logging, os, pathlib, sys

import pyreft, torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard
from transformers import AutoModelForCausalLM, AutoTokenizer

from pyreft_positions import locations

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "docs"))  # where pyreft finds to_pyreft.DiReFT
BASE, STEPS, BATCH = ROOT / "data/base", 60, 32
exported, task, saved = sys.argv[1:]
logging.disable(logging.WARNING)
torch.manual_seed(1)  # pyreft draws numbers, and every process must draw the same
rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))

model = AutoModelForCausalLM.from_pretrained(BASE)
if world > 1:
    dist.init_process_group("gloo")  # "nccl" on GPUs
    mesh = dist.device_mesh.init_device_mesh("cpu", (world,))
    for block in model.model.layers:  # not the model itself: pyvene must find its class unchanged
        fully_shard(block, mesh=mesh, reshard_after_forward=True)

reft = pyreft.ReftModel.load(exported, model)
# This would remove FSDP's hooks too, and with them the weights; pyvene removes its own elsewhere.
reft._remove_forward_hooks = lambda: None
for phi in reft.interventions.values():
    if hasattr(phi, "rotate_layer"):  # after load(), R would not stay orthonormal without this
        phi.rotate_layer.weight = phi.rotate_layer.weight.detach()

tokenizer = AutoTokenizer.from_pretrained(BASE)
examples = [json.loads(line) for line in open(f"{task}/train.jsonl")]


def batch(step):
    """Tokens, labels and positions of this process's share of the next examples."""
    start = step * BATCH + rank
    chosen = [examples[i % len(examples)] for i in range(start, start + BATCH, world)]
    prompts = [tokenizer(e["prompt"]).input_ids for e in chosen]
    wholes = [prompt + tokenizer(example["completion"] + "</s>").input_ids[1:]
              for prompt, example in zip(prompts, chosen)]
    longest = max(map(len, wholes))
    tokens = torch.tensor([w + [0] * (longest - len(w)) for w in wholes])
    labels = torch.tensor([[-100] * len(p) + w[len(p):] + [-100] * (longest - len(w))
                           for p, w in zip(prompts, wholes)])
    places = list(map(list, zip(*[locations(reft, len(p)) for p in prompts])))
    if any(len(one) != len(place[0]) for place in places for one in place):
        sys.exit("pyreft wants as many positions in every prompt; leave out the shortest prompts")
    return tokens, labels, places


trained = reft.get_trainable_parameters()
optimizer = torch.optim.AdamW(trained, lr=0.01, weight_decay=0)  # decay would turn R into zeros
for step in range(STEPS):
    tokens, labels, places = batch(step)
    loss = reft({"input_ids": tokens}, labels=labels,
                unit_locations={"sources->base": (None, places)})[1].loss
    optimizer.zero_grad()
    loss.backward()
    for parameter in trained if world > 1 else []:
        dist.all_reduce(parameter.grad)
        parameter.grad /= world
    optimizer.step()
    if rank == 0 and step % 20 == 0:
        print(f"step {step}: loss {loss.item():.3f}")
if rank == 0:
    held = sum(getattr(p, "to_local", lambda: p)().numel() for p in model.parameters())
    count = sum(p.numel() for p in trained)
    print(f"trained {count} numbers; this process holds {held} of the base's")
    reft.save(saved)
if world > 1:
    dist.destroy_process_group()
