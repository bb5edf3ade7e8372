"""Opens what TinyReFT wrote in transformers and pyreft, and prints how far apart the numbers are.

    swift build -c release
    python Tests/TinyReFTTests/Fixtures/check_pyreft.py

First data/base: token ids, logits, greedy text. Then, for each way to choose method, positions and
sharing: `tinyreft train` (briefly), docs/to_pyreft.py, pyreft.ReftModel.load, and both programs'
logits for the same tokens; then back again through reft.save and docs/from_pyreft.py. Exits 1 unless
all logits are within 1e-5 of the largest, and what pyreft has no counterpart of is refused.
"""
import contextlib, io, logging, pathlib, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "docs"))

import pyreft, torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import from_pyreft, to_pyreft
from pyreft_positions import locations

BASE = ROOT / "data/base"
logging.disable(logging.WARNING)


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


def apart(theirs, ours):
    """How far two programs' logits are apart, as a share of the largest."""
    return ((theirs - ours).abs().max() / ours.abs().max()).item()


def check_base(model, tokenizer, folder):
    print("data/base in transformers")
    for text in ("do pig -> ", "hi é", "a\r\nb  🙂 <s>x</s>"):
        ids = tokenizer(text).input_ids
        plain = text.encode().replace(b"<s>", b"\xff").replace(b"</s>", b"\xfe")
        ours = [256] + [{0xFF: 256, 0xFE: 257}.get(b, b) for b in plain]
        theirs = model(torch.tensor([ids])).logits[0]
        difference = apart(theirs, trace(folder, ids, 1))
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
    to_pyreft.convert(run, out)
    reft = pyreft.ReftModel.load(str(out), model)
    tokens = tokenizer("do towemp -> TOWEMP").input_ids
    n = len(tokenizer("do towemp -> ").input_ids)
    worst = 0
    for length in (n, 3):  # 3 is short: f2+l3 edits 1 and 2 positions
        ours = trace(folder, tokens, length, "--interventions", run)
        worst = max(worst, apart(logits(reft, tokens, length), ours))
    effect = (model(torch.tensor([tokens])).logits[0] - ours).abs().max().item()
    same = "-"
    if positions != "all":
        theirs = pyreft.get_intervention_locations(
            last_position=n, positions=positions, num_interventions=len(reft.interventions),
            share_weights=sharing == "layer")
        same = "yes" if locations(reft, n) == theirs else "no"
    with contextlib.redirect_stdout(io.StringIO()):
        reft.save(str(folder / "saved"))
    from_pyreft.convert(folder / "saved", back)
    stored, returned = (load_file(f / "interventions.safetensors") for f in (run, back))
    assert stored.keys() == returned.keys()
    moved = {name: (tensor - returned[name]).abs().max().item() for name, tensor in stored.items()}
    again = apart(trace(folder, tokens, 3, "--interventions", back), ours)
    moved = max(moved.values())
    print(f"  {method:18} {positions:5} {sharing:5} {effect:6.1f} {worst:9.1e} {moved:9.1e} "
          f"{again:9.1e}   {same}")
    return max(worst, moved, again)


def check_refused(folder, *flags):
    """What pyreft lacks is refused by name, and nothing is written."""
    tinyreft("train", *flags, "--epochs", 1, "--out", folder / "run")
    try:
        to_pyreft.convert(folder / "run", folder / "pyreft")
    except SystemExit as refusal:
        print(f"  {' '.join(flags)}: {str(refusal).replace(str(folder), '…')}")
        return 1 if (folder / "pyreft").exists() else 0
    return 1


tokenizer = AutoTokenizer.from_pretrained(BASE)
model = AutoModelForCausalLM.from_pretrained(BASE)
with tempfile.TemporaryDirectory() as folder:
    differences = list(check_base(model, tokenizer, pathlib.Path(folder)))
print("""interventions in pyreft
  how far the edit moves the logits; how far apart the two programs are, as a share of the largest logit;
  after the way back, how far tensors and logits moved; whether pyreft's own rule has the same positions""")
for choice in (("loreft", "f1+l1", "side"), ("loreft", "f1+l1", "layer"), ("loreft", "l1", "side"),
               ("loreft", "f2+l3", "side"), ("loreft", "all", "layer"), ("direft", "f1+l1", "side"),
               ("direft", "f1+l1", "layer"), ("direft", "l1", "side"), ("noreft", "f2+l3", "side"),
               ("consreft", "f2+l3", "side"), ("lobireft", "f2+l3", "side"),
               ("orthonormal-direft", "f2+l3", "side")):
    with tempfile.TemporaryDirectory() as folder:
        differences.append(check_reft(model, tokenizer, pathlib.Path(folder), *choice))
print("refused")
for flags in (("--sharing", "position"), ("--positions", "every"), ("--method", "lora")):
    with tempfile.TemporaryDirectory() as folder:
        differences.append(check_refused(pathlib.Path(folder), *flags))
print(f"largest difference {max(differences):.1e}, allowed 1e-5")
sys.exit(max(differences) > 1e-5)
