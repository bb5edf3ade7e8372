"""Makes a small story teller: a stand-in for a public TinyStories Llama, where nothing can be downloaded.

    python3 Tests/TinyReFTTests/Fixtures/make_story_model.py FOLDER [--steps 600]

It writes stories with a small grammar of its own, trains a tokenizer of Llama 2's kind (SentencePiece
style BPE with byte fallback) and a Llama of 1.6 million parameters on them, and saves the folder as a
published model comes: sharded bfloat16, config.json, tokenizer.json. Beside it FOLDER-task has a task of
train, dev and test.jsonl: beginnings of sunny days, which the model only knows to end wildly, each with
one and the same calm ending. Seeded; a few minutes on two cores. Nothing of it is committed.
"""

import argparse
import json
import pathlib
import random

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM

NAMES = {"Lily": "girl", "Mia": "girl", "Anna": "girl", "Tom": "boy", "Ben": "boy", "Max": "boy"}
ANIMALS = ["dog", "cat", "duck", "frog", "bird", "rabbit"]
THINGS = ["ball", "hat", "kite", "cake", "drum", "boat"]
PLACES = ["garden", "park", "forest", "river", "house", "hill"]
COLOURS = ["red", "blue", "green", "big", "little", "yellow"]
# The time of day sets the mood, and the mood the ending.
ENDINGS = {
    "One sunny day": [
        "Then they ran and jumped and shouted all day long.",
        "Then they climbed the tallest tree and laughed out loud.",
        "Then they splashed in the mud and got very dirty.",
    ],
    "One quiet evening": [
        "Then they sat down together and looked at the sky.",
        "Then they went home and had some warm milk.",
        "Then they lay in the grass and fell asleep.",
    ],
}
CALM = ENDINGS["One quiet evening"][2]


def beginning(r, time):
    name, animal, thing = r.choice(list(NAMES)), r.choice(ANIMALS), r.choice(THINGS)
    place, colour = r.choice(PLACES), r.choice(COLOURS)
    first = r.choice(["", f"Once upon a time there was a {NAMES[name]} named {name}. "])
    second = f"{time} {name} went to the {place} and saw a {colour} {animal}."
    third = r.choice([
        f"The {animal} wanted to play with a {thing}.",
        f"{name} had a {thing} and the {animal} liked it.",
        f"\"Can I have your {thing}?\" asked the {animal}.",
    ])
    return f"{first}{second} {third}"


def story(r):
    time = r.choice(list(ENDINGS))
    return beginning(r, time) + " " + r.choice(ENDINGS[time])


def tokenizer(stories, vocabulary):
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 256, special_tokens=special, show_progress=False)
    words = (w for s in stories for w in ["▁" + x for x in s.split(" ")])
    # The trainer merges within words, as SentencePiece does; the file then has no pre-tokenizer.
    words_only = Tokenizer(models.BPE())
    words_only.train_from_iterator(words, trainer)
    learned = json.loads(words_only.to_str())["model"]
    plain = [w for w, _ in sorted(learned["vocab"].items(), key=lambda x: x[1]) if w not in special]
    every = special + [f"<0x{b:02X}>" for b in range(256)] + plain
    state = json.loads(t.to_str())
    state["model"]["vocab"] = {w: i for i, w in enumerate(every)}
    state["model"]["merges"] = learned["merges"]
    t = Tokenizer.from_str(json.dumps(state))
    t.add_special_tokens([AddedToken(w, normalized=False, special=True) for w in special])
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return t


def train(model, rows, steps, batch, r):
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.05)
    for step in range(steps):
        some = r.sample(rows, batch)
        longest = max(map(len, some))
        # Padded with the end token, which is not learned there.
        ids = torch.tensor([row + [2] * (longest - len(row)) for row in some])
        labels = torch.tensor([row + [-100] * (longest - len(row)) for row in some])
        loss = model(ids, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == steps - 1:
            print(f"step {step + 1}/{steps}  loss {loss.item():.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    r = random.Random(a.seed)
    torch.manual_seed(a.seed)

    stories = [story(r) for _ in range(20000)]
    t = tokenizer(stories, 768)
    rows = [t.encode(s).ids + [2] for s in stories]
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=t.get_vocab_size(), hidden_size=160, intermediate_size=432, num_hidden_layers=5,
        num_attention_heads=5, num_key_value_heads=5, max_position_embeddings=256,
        tie_word_embeddings=True, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2))
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {t.get_vocab_size()} tokens")
    train(model, rows, a.steps, 32, r)

    a.folder.mkdir(parents=True, exist_ok=True)
    model.to(torch.bfloat16).save_pretrained(a.folder, max_shard_size="1MB")
    t.save(str(a.folder / "tokenizer.json"))
    (a.folder / "tokenizer_config.json").write_text(json.dumps(dict(
        tokenizer_class="LlamaTokenizer", bos_token="<s>", eos_token="</s>", unk_token="<unk>",
        add_bos_token=True, add_eos_token=False, clean_up_tokenization_spaces=False), indent=2) + "\n")

    task = a.folder.with_name(a.folder.name + "-task")
    task.mkdir(exist_ok=True)
    for split, count in [("train", 64), ("dev", 32), ("test", 64)]:
        # No space in front: this tokenizer puts one before every text that it is given.
        lines = [
            dict(prompt=beginning(r, "One sunny day"), completion=CALM) for _ in range(count)]
        (task / f"{split}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))


main()
