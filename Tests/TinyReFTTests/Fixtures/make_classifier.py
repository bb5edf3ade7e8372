"""Makes Fixtures/classifier: a head for the decoder `grouped`, and what PyTorch computes with it.

    python Tests/TinyReFTTests/Fixtures/make_classifier.py

The head is transformers' own RobertaClassificationHead, in float64 and without dropout. head.safetensors
holds what it makes of five random rows, and its gradients for a random dlogits. step.safetensors holds one
whole step: three prompts through the decoder with the LoReFT of decoders/grouped/loreft-side-f2+l3, the
head on each last prompt token's state after the final norm, the mean of −log p(label), and the gradient of
everything that learns. Needs Fixtures/decoders, and the classes of the script that makes it.
"""

import json

import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM, RobertaConfig
from transformers.models.roberta.modeling_roberta import RobertaClassificationHead

from make_decoders import OUT as DECODERS, Method, in_double, save

OUT = DECODERS.parent / "classifier"
LABELS = ["bird", "fish", "tool"]
EXAMPLES = [([5, 11, 2, 30, 7, 7, 19], 1), ([8, 3, 27], 0), ([1, 14, 22, 9, 4, 16, 28, 10, 13], 2)]


def make_head(d, generator):
    head = RobertaClassificationHead(RobertaConfig(hidden_size=d, num_labels=len(LABELS))).double().eval()
    for p in head.parameters():
        # Large enough that tanh bends; float32 first, because both sides start from the file.
        p.data = (torch.randn(p.shape, generator=generator) * 0.3).double()
    save(dict(head.named_parameters()), OUT / "classifier.safetensors")
    file = dict(format_version=1, hidden_size=d, labels=LABELS)
    (OUT / "classifier.json").write_text(json.dumps(file, indent=2, sort_keys=True) + "\n")
    return head


def gradients(named):
    return {f"grad.{name}": p.grad for name, p in named.items()}


def make_rows(head, d, generator):
    h = torch.randn(5, d, generator=generator).double().requires_grad_()
    dlogits = torch.randn(5, len(LABELS), generator=generator).double()
    logits = head(h[:, None])  # the head reads the first token of each sequence
    logits.backward(dlogits)
    save({"h": h, "logits": logits, "dlogits": dlogits, "dh": h.grad}
         | gradients(dict(head.named_parameters())), OUT / "head.safetensors")


def make_step(head):
    folder = DECODERS / "grouped" / "loreft-side-f2+l3"
    model = in_double(LlamaForCausalLM.from_pretrained(DECODERS / "grouped"))
    model.requires_grad_(False)
    head.zero_grad()
    method = Method(json.loads((folder / "reft.json").read_text()), model.config.hidden_size, seed=0)
    for name, stored in load_file(folder / "interventions.safetensors").items():
        method.tensors()[name].data = stored.double()
    method.attach(model)
    logits = []
    for tokens, _ in EXAMPLES:
        method.prompt_length = len(tokens)
        h = model.model(torch.tensor([tokens]), use_cache=False).last_hidden_state
        logits.append(head(h[:, -1:])[0])
    logits = torch.stack(logits)
    loss = cross_entropy(logits, torch.tensor([label for _, label in EXAMPLES]))
    loss.backward()
    save({"logits": logits, "loss": loss[None]} | gradients(method.tensors())
         | gradients({f"classifier.{n}": p for n, p in head.named_parameters()}),
         OUT / "step.safetensors",
         examples=";".join(",".join(map(str, tokens)) for tokens, _ in EXAMPLES),
         labels=",".join(str(label) for _, label in EXAMPLES))


if __name__ == "__main__":
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(37)
    head = make_head(20, generator)
    make_rows(head, 20, generator)
    make_step(head)
