"""Small tokenizers in the exact structure of the real ones, and what Hugging Face makes of hard texts.

    python3 make_tokenizers.py        # from anywhere; needs tokenizers 0.20.3, transformers 4.45.1

Writes one folder for each way in which Llama models store a tokenizer, with

    tokenizer.json          trained here on data/text/sample.txt and the lines below
    tokenizer_config.json   as AutoTokenizer reads it
    cases.json              [{"text", "ids", "special": ids with the template's, "decoded"}, …], and
                            {"ids", "decoded"} for ids that no text gives

and variants.json: what stands in one of the files, what to put there, and what some texts are then.

Nothing is random but the order-free training, so a second run gives the same files.
"""

import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers import processors, trainers
from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[3] / "data/text/sample.txt"

LINES = [
    "The quick brown fox doesn't jump over the lazy dog; it's 1234567 times they've said 'no'.",
    "She said she'd come, we'll see. I'm here, you're there, and that's all the cat's fault.",
    "  An indented line\n\tand a tabbed one\r\n\r\n\n    four spaces, then   three inside.  ",
    "le café et la crème brûlée, naïve façade, e\u0301te\u0301, ae\u0301ro",
    "日本語の文章です。中文句子没有空格。ภาษาไทยไม่มีช่องว่าง नमस्ते दुनिया",
    "for i in range(10):\n        print(i, 2 ** i)  # 1, 2, 4, 8",
] * 4

# Text that tokenizers have stumbled over.
TEXTS = [
    "", " ", "  ", "   ", "a", " a", "a ", "  a  b   c ", "Hello world", " Hello  world ", "\t", "\ta\t\tb",
    "\n", "\r\n", "a\r\nb", "a\n\nb\r\n\r\n", "a \n b", "a  \n\n  b", "\n\n\n   x", "x   \n", " \r \n \t ",
    "1", "12", "123", "1234", "12345", "123456", "1234567", "a1b22c333", "3.14, 1,000,000 and 50%", "½ ² Ⅷ ٣ ४२",
    "I'm you're he's she'd we'll they've don't", "I'M YOU'RE HE'S SHE'D WE'LL THEY'VE DON'T",
    "'s 't 're 've 'm 'll 'd", "'snow 'tis 'reel 'llama", "don''t rock''n''roll ''", "I\u2019m it\u2019s", "it'\u017f '\u017fun 'lL 'Ve",
    "é", "e\u0301", "café cafe\u0301", "Z\u0351\u036b\u0343a\u0321\u033al\u0335g\u0334o\u0338", "a\u0301\u0301\u0301 \u0301 \u0301a",
    "नमस्ते दुनिया", "ภาษาไทยไม่มีช่องว่าง", "日本語の文章です。", "中文句子没有空格，对吗？", "한국어 \u1112\u1161\u11ab", "مرحبا بالعالم", "שלום",
    "🦜", "👩‍👩‍👧 🇫🇷🇩🇪 👍🏽 ❤️", "🙂text🙂", "a🦜b 🦜 🦜🦜", "\ufeff", "\ufeffa\ufeff", "a\u00a0b\u00a0 c", "\u3000全角\u3000", "a\u2003b\u2028c\u2029d\u0085e",
    "\u200b \u200d\u200e", "\u0000", "a\u0000b", "\u0001\u0007\u001b[0m\u007f", "<s>", "</s>", "a<s>b</s>c", " <s> a </s> b ", "<s><s>", "<s", "<unk>",
    "<0x41>", "<0x0A>", "<|begin_of_text|>hi<|end_of_text|>", "<|endoftext|> a <|endoftext|>", "\u2581", "\u2581a \u2581 b\u2581", " \u2581", "a\u2581\u2581b",
    "Ġ", "Ġthe ĊĊ", "a" * 300, "ab" * 200, " " * 70 + "x", "\n" * 20, "!?…—“”‘’«»", "http://x.org/a_b?c=d&e=%20#f", "if (x == 1) { y += \"z\"; }\n\t}\n",
    "CamelCaseWords andSNAKE_CASE", "ﬁ ſ K Å ẞ ß İ ı", "\U0001d54f \U0010ffff \ue000 \ufffd \ufffe \u9fffa\U00031350b \U00011f501 \U00016d702", "x\u0308\u200dy", "mixed 中a文1b", "  \u00a0 \u3000 x",
    "[X] [X][X]a", "a[MASK] b", "  [MASK]  b", "pre<tool>post <tool>", "sub<word>x <word> <word>.", "<word>\u0301 é<word> _<word>", "<norm>a <norm> x<norm>",
]


def texts():
    stream = random.Random(1)
    pool = [" ", " ", "  ", "\n", "\r\n", "a", "the", "in", "É", "e\u0301", "7", "12", "'s", "'", ".", "中", "🦜", "\u00a0", "\u2581", "<s>", "</s>", "[X]", "<word>", "<tool>"]
    return TEXTS + ["".join(stream.choices(pool, k=stream.randint(2, 12))) for _ in range(40)]


def special(text):
    return AddedToken(text, special=True, normalized=False)


# Added tokens of every kind, so that each rule about them is seen to hold.
KINDS = [
    AddedToken("[X]", special=False, normalized=False),
    AddedToken("[MASK]", special=True, normalized=False, lstrip=True),
    AddedToken("<tool>", special=False, normalized=False, rstrip=True),
    AddedToken("<word>", special=False, normalized=False, single_word=True),
    AddedToken("<norm>", special=False, normalized=True),
]

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def sentencepiece():
    """Llama 1 and 2: characters, then bytes. The merges run over the whole text, spaces and all."""
    specials = ["<unk>", "<s>", "</s>"]
    made = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", split=True)  # for training alone
    trainer = trainers.BpeTrainer(
        vocab_size=640, show_progress=False,
        special_tokens=specials + [f"<0x{byte:02X}>" for byte in range(256)])
    made.train_from_iterator(lines(), trainer)
    data = json.loads(made.to_str())
    data["pre_tokenizer"] = None
    data["added_tokens"] = []
    # Llama joins spaces with spaces, and with nothing else.
    for pair in ["▁", "▁"], ["▁▁", "▁▁"]:
        data["model"]["vocab"]["".join(pair)] = len(data["model"]["vocab"])
        data["model"]["merges"].append(pair)
    made = Tokenizer.from_str(json.dumps(data))
    made.add_special_tokens([special(text) for text in specials])
    made.decoder = decoders.Sequence([
        decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    made.post_processor = template("<s>", 1)
    return made


def metaspace():
    """The same with the newer spelling of the same rules: no normalizer, prepend_scheme first."""
    made = sentencepiece()
    made.normalizer = normalizers.Sequence([])
    data = json.loads(made.to_str())
    data["normalizer"] = None
    made = Tokenizer.from_str(json.dumps(data))
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    return made


def bytelevel(pre_tokenizer, specials, ignore_merges=False, vocab_size=480):
    made = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    made.pre_tokenizer = pre_tokenizer
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, show_progress=False, special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(lines(), trainer)
    return made


def gpt2():
    """SmolLM: every digit alone, then GPT-2's words."""
    made = bytelevel(
        pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]),
        ["<|endoftext|>"])
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    return made


def llama3():
    """Llama 3: its own words, and whole words that no merge reaches."""
    made = bytelevel(
        pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        [], ignore_merges=True)
    data = json.loads(made.to_str())
    # A token that its merges cannot reach, as Llama 3 has a few: ignore_merges takes it all the same.
    data["model"]["vocab"]["Ġworld"] = len(data["model"]["vocab"])
    made = Tokenizer.from_str(json.dumps(data))
    names = ["<|begin_of_text|>", "<|end_of_text|>"]
    made.add_special_tokens([special(text) for text in names])
    made.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        template(names[0], made.token_to_id(names[0]))])
    return made


def template(first, id):
    return processors.TemplateProcessing(
        single=f"{first} $A", pair=f"{first} $A {first}:1 $B:1", special_tokens=[(first, id)])


def lines():
    return SAMPLE.read_text().splitlines()[:120] + LINES


def older_merges(folder):
    """Before tokenizers 0.20, a merge was one string."""
    path = folder / "tokenizer.json"
    data = json.loads(path.read_text())
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    path.write_text(json.dumps(data, ensure_ascii=False))


def write(name, made, config, older=False):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    made.add_tokens(KINDS)
    data = json.loads(made.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(data, ensure_ascii=False))
    if older:
        older_merges(folder)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    auto = AutoTokenizer.from_pretrained(folder)
    backend = auto.backend_tokenizer
    cases = []
    for text in texts():
        ids = backend.encode(text, add_special_tokens=False).ids
        cases.append({
            "text": text, "ids": ids, "special": auto(text).input_ids, "decoded": backend.decode(ids)})
    stream = random.Random(2)
    for _ in range(40):
        ids = [stream.randrange(len(auto) + 3) for _ in range(stream.randint(1, 9))]
        cases.append({"ids": ids, "decoded": backend.decode(ids)})
    text = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (folder / "cases.json").write_text(f"[\n{text}\n]\n")
    print(name, len(cases), "cases", len(auto), "tokens")


def metaspace_part(scheme, split):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


def variants():
    """(folder, a part of its file, another in its place): the settings that the four files do not have."""
    space = '"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}'
    for scheme in "always", "first", "never":
        for split in False, True:
            part = json.dumps(metaspace_part(scheme, split), ensure_ascii=False)
            if f'"pre_tokenizer": {part}' != space:
                yield "sentencepiece-metaspace", space, f'"pre_tokenizer": {part}'
    old = '{"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}'
    yield "sentencepiece-metaspace", space, f'"pre_tokenizer": {old}'
    decoder = text_of("sentencepiece", "decoder")
    for scheme in "always", "never":
        part = json.dumps(metaspace_part(scheme, True), ensure_ascii=False)
        yield "sentencepiece", decoder, f'"decoder": {part}'
    yield "sentencepiece", ', {"type": "Strip", "content": " ", "start": 1, "stop": 0}', ""
    yield "sentencepiece", '{"type": "Prepend", "prepend": "▁"}, ', ""
    yield "sentencepiece", '"byte_fallback": true', '"byte_fallback": false'
    yield "sentencepiece", '"fuse_unk": true, "byte_fallback": true', '"byte_fallback": false'
    rules = text_of("sentencepiece", "model").split(', "ignore_merges"')[0].split('"dropout": null, ')[1]
    yield "sentencepiece", rules, '"byte_fallback": false'
    yield "sentencepiece", '"<0xF0>"', '"<none>"'
    whole = text_of("bytelevel-gpt2", "pre_tokenizer")
    for digits in "", '{"type": "Digits", "individual_digits": true}, ':
        part = '{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}'
        yield "bytelevel-gpt2", whole, f'"pre_tokenizer": {{"type": "Sequence", "pretokenizers": [{digits}{part}]}}'
    yield "bytelevel-gpt2", '"use_regex": true}]', '"use_regex": false}]'
    yield "bytelevel-gpt2", '"í":', '"<none>":'
    yield "bytelevel-llama3", '"ignore_merges": true', '"ignore_merges": false'


def text_of(folder, key):
    """A part of a file as it is written there, its key in front."""
    value = json.loads((HERE / folder / "tokenizer.json").read_text())[key]
    return f'"{key}": {json.dumps(value, ensure_ascii=False)}'


def write_variants():
    found = []
    for folder, old, new in variants():
        file = (HERE / folder / "tokenizer.json").read_text()
        assert file.count(old) == 1, (folder, old)
        made = Tokenizer.from_str(file.replace(old, new))
        cases = []
        for text in TEXTS[::6] + TEXTS[-3:]:
            ids = made.encode(text, add_special_tokens=False).ids
            cases.append({"text": text, "ids": ids, "decoded": made.decode(ids)})
        found.append({"folder": folder, "old": old, "new": new, "cases": cases})
    text = ",\n".join(json.dumps(variant, ensure_ascii=False) for variant in found)
    (HERE / "variants.json").write_text(f"[\n{text}\n]\n")
    print(len(found), "variants")


LLAMA = {
    "tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
    "add_bos_token": True, "add_eos_token": False, "clean_up_tokenization_spaces": False, "legacy": True}

if __name__ == "__main__":
    write("sentencepiece", sentencepiece(), LLAMA, older=True)
    write("sentencepiece-metaspace", metaspace(), {**LLAMA, "legacy": False})
    write("bytelevel-gpt2", gpt2(), {
        "tokenizer_class": "GPT2Tokenizer", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>", "clean_up_tokenization_spaces": False}, older=True)
    write("bytelevel-llama3", llama3(), {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>",
        "eos_token": "<|end_of_text|>", "clean_up_tokenization_spaces": True})
    write_variants()
