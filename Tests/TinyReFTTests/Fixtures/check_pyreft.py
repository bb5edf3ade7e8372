"""Opens what TinyReFT wrote in transformers and pyreft, and prints how far apart the numbers are.

    swift build -c release
    python Tests/TinyReFTTests/Fixtures/check_pyreft.py

First data/base: token ids, logits, greedy text. Then, for each way to choose method, positions and
sharing: `tinyreft train` (briefly), `tinyreft export`, pyreft.ReftModel.load, and both programs'
logits for the same tokens; then back again through reft.save and from_pyreft.py. Exits 1 unless all
logits are within 1e-4.
"""
import contextlib, io, logging, pathlib, subprocess, sys, tempfile
from functools import partialmethod

import pyreft, torch
from pyreft.interventions import NoreftIntervention
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from from_pyreft import convert
from pyreft_positions import locations

ROOT = pathlib.Path(__file__).resolve().parents[3]
BASE = ROOT / "data/base"
logging.disable(logging.WARNING)

# pyreft forgets this argument when it saves, and cannot do without it when it loads.
for kind in (pyreft.NodireftIntervention, NoreftIntervention):
    kind.__init__ = partialmethod(kind.__init__, add_bias=False)


def tinyreft(*words):
    run = subprocess.run([ROOT / ".build/release/tinyreft", *map(str, words)],
                         capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        sys.exit(run.stderr)
    return run.stdout


def trace(folder, tokens, n, *flags):
    """Logits of `tinyreft trace`; the prompt is the first n tokens."""
    out = folder / "trace.safetensors"
    tinyreft("trace", "--tokens", ",".join(map(str, tokens)), "--prompt-length", n, "--out", out,
             *flags)
    return load_file(out)["logits"]


def logits(reft, tokens, n):
    with torch.no_grad():
        return reft({"input_ids": torch.tensor([tokens])},
                    unit_locations={"sources->base": (None, [[p] for p in locations(reft, n)])}
                    )[1].logits[0]


def check_base(model, tokenizer, folder):
    print("data/base in transformers")
    for text in ("do pig -> ", "hi é", "a\r\nb  🙂 <s>x</s>"):
        ids = tokenizer(text).input_ids
        plain = text.encode().replace(b"<s>", b"\xff").replace(b"</s>", b"\xfe")
        ours = [256] + [{0xFF: 256, 0xFE: 257}.get(b, b) for b in plain]
        theirs = model(torch.tensor([ids])).logits[0]
        difference = (theirs - trace(folder, ids, 1)).abs().max().item()
        print(f"  {text!r:24} ids {'equal' if ids == ours else 'DIFFER'}, logits {difference:.1e}")
        yield difference if ids == ours else 1
    for prompt in ("do pig -> ", "loud cat -> ", "twice dog -> "):
        ids = torch.tensor([tokenizer(prompt).input_ids])
        theirs = tokenizer.decode(
            model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=20,
                           do_sample=False, pad_token_id=257)[0, ids.shape[1]:],
            skip_special_tokens=True)
        ours = tinyreft("generate", "--prompt", prompt, "--max-tokens", 20).rstrip("\n")
        print(f"  {prompt!r:24} {theirs!r} {'equal' if ours == theirs else f'DIFFERS {ours!r}'}")
        yield 0 if ours == theirs else 1


def check_reft(model, tokenizer, folder, method, positions, sharing):
    run, out, back = folder / "run", folder / "pyreft", folder / "back"
    tinyreft("train", "--method", method, "--positions", positions, "--sharing", sharing,
             "--rank", 3, "--layers", "1,2", "--epochs", 3, "--out", run)
    tinyreft("export", "--interventions", run, "--to", "pyreft", "--out", out)
    reft = pyreft.ReftModel.load(str(out), model)
    tokens = tokenizer("do towemp -> TOWEMP").input_ids
    n = len(tokenizer("do towemp -> ").input_ids)
    worst = 0
    for length in (n, 3):  # 3 is short: f2+l3 edits 1 and 2 positions
        ours = trace(folder, tokens, length, "--interventions", run)
        worst = max(worst, (logits(reft, tokens, length) - ours).abs().max().item())
    effect = (model(torch.tensor([tokens])).logits[0] - ours).abs().max().item()
    same = "-"
    if positions != "all":
        theirs = pyreft.get_intervention_locations(
            last_position=n, positions=positions, num_interventions=len(reft.interventions),
            share_weights=sharing == "layer")
        same = "yes" if locations(reft, n) == theirs else "no"
    with contextlib.redirect_stdout(io.StringIO()):
        reft.save(str(folder / "saved"))
    convert(folder / "saved", back)
    stored, returned = ours_as_pyreft(run, method), load_file(back / "interventions.safetensors")
    moved = {name: (tensor - returned[name]).abs().max().item() for name, tensor in stored.items()}
    again = (trace(folder, tokens, 3, "--interventions", back) - ours).abs().max().item()
    moved = max(moved.values())
    print(f"  {method:18} {positions:5} {sharing:5} {effect:6.1f} {worst:9.1e} {moved:9.1e} "
          f"{again:9.1e}   {same}")
    return max(worst, moved, again)


def ours_as_pyreft(run, method):
    """Our tensors by pyreft's names."""
    names = {"R": "rotate_layer", "W2": "proj_layer.weight", "W1": "learned_source.weight",
             "W": "learned_source.weight", "b": "learned_source.bias"}
    if method == "loreft":
        names |= {"W": "weight", "b": "bias"}
    if method in ("consreft", "lobireft"):
        names["b"] = "learned_source"
    tensors = load_file(run / "interventions.safetensors")
    stem = lambda name: name.rpartition(".")
    return {f"{stem(name)[0]}.{names[stem(name)[2]]}": tensor.T if stem(name)[2] == "R" else tensor
            for name, tensor in tensors.items()}


tokenizer = AutoTokenizer.from_pretrained(BASE)
model = AutoModelForCausalLM.from_pretrained(BASE)
with tempfile.TemporaryDirectory() as folder:
    differences = list(check_base(model, tokenizer, pathlib.Path(folder)))
print("""interventions in pyreft
  logits: how far the edit moves them, and how far apart the two programs are; after the way back,
  how far tensors and logits moved; whether pyreft's own rule gives the same positions""")
for choice in (("loreft", "f1+l1", "side"), ("loreft", "f1+l1", "layer"), ("loreft", "l1", "side"),
               ("loreft", "f2+l3", "side"), ("loreft", "all", "layer"), ("direft", "f1+l1", "side"),
               ("direft", "f1+l1", "layer"), ("direft", "l1", "side"), ("noreft", "f2+l3", "side"),
               ("consreft", "f2+l3", "side"), ("lobireft", "f2+l3", "side"),
               ("orthonormal-direft", "f2+l3", "side")):
    with tempfile.TemporaryDirectory() as folder:
        differences.append(check_reft(model, tokenizer, pathlib.Path(folder), *choice))
print(f"largest difference {max(differences):.1e}, allowed 1e-4")
sys.exit(max(differences) > 1e-4)
