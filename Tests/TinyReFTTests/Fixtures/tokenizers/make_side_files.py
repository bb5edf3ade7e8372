"""What transformers makes of folders in which several files speak of added tokens.

    python3 make_side_files.py        # from anywhere; needs tokenizers 0.20.3, transformers 4.45.1

Writes side_files.json: [{"folder": the tokenizer beside this script, "added": what "added_tokens" of its
tokenizer.json keeps, "files": {name: contents, null for none}, "eos": id, "cases": [{"text", "ids", "special",
"decoded"}]}, …]
"""

import json
import pathlib
import shutil
import tempfile

from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).resolve().parent
GPT2, LLAMA = "bytelevel-gpt2", "sentencepiece"
TEXTS = ["<|im_start|>user\nHi the<|im_end|>  \n x", "a </s> b <unk>  c", "[X] the [MASK] a[PAD]<|endoftext|> the"]


def token(text, **flags):
    return {"content": text, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
            "special": True} | flags


def config(folder, **changes):
    mine = json.loads((HERE / folder / "tokenizer_config.json").read_text()) | changes
    return {name: value for name, value in mine.items() if value != "nothing"}


CHAT = {"480": token("<|im_start|>"), "481": token("<|im_end|>", rstrip=True)}
FOLDERS = [
    # The tokens of a chat stand in tokenizer_config.json alone; the last one ends a text.
    (GPT2, [0], {"tokenizer_config.json": config(GPT2, eos_token="<|im_end|>", added_tokens_decoder=CHAT)}),
    # So they do, and their ids have a gap: they are counted on.
    (GPT2, [0], {"tokenizer_config.json": config(GPT2, added_tokens_decoder={"490": token("<|im_end|>")})}),
    # Flags there go before those of tokenizer.json.
    (LLAMA, None, {"tokenizer_config.json": config(LLAMA, added_tokens_decoder={
        "2": token("</s>", rstrip=True), "643": token("[MASK]"), "0": token("<unk>", lstrip=True)})}),
    # Before there was an added_tokens_decoder: two files, of which the one names the last token.
    (GPT2, [0], {"tokenizer_config.json": config(GPT2, eos_token="nothing"),
                 "added_tokens.json": {"<|im_start|>": 480, "<|im_end|>": 481},
                 "special_tokens_map.json": {"eos_token": "<|im_end|>"}}),
    # They go before tokenizer_config.json.
    (GPT2, None, {"tokenizer_config.json": config(GPT2),
                  "special_tokens_map.json": {"eos_token": token("[X]", rstrip=True), "pad_token": "[PAD]"}}),
    # And are not read beside an added_tokens_decoder.
    (GPT2, [0], {"tokenizer_config.json": config(GPT2, added_tokens_decoder=CHAT),
                 "added_tokens.json": {"[PAD]": 482}, "special_tokens_map.json": {"eos_token": "<|im_end|>"}}),
    # Named special, and in the vocabulary: cut out of a text, as others are.
    (GPT2, [0], {"tokenizer_config.json": config(GPT2, additional_special_tokens=["the", "<|im_end|>"])}),
    # A special token that has no id yet gets the next.
    (LLAMA, None, {"tokenizer_config.json": config(LLAMA, pad_token="[PAD]")}),
    # GPT-2's class asks this file for the space in front.
    (GPT2, None, {"tokenizer_config.json": config(GPT2, add_prefix_space=True)}),
    (LLAMA, None, {"tokenizer_config.json": None, "special_tokens_map.json": {"eos_token": "[X]"}}),
    # Where tokenizer_config.json names no class, config.json does.
    (GPT2, None, {"tokenizer_config.json": config(GPT2, tokenizer_class="nothing", bos_token="<|endoftext|>"),
                  "config.json": {"model_type": "llama", "tokenizer_class": "LlamaTokenizer"}}),
    (LLAMA, None, {"tokenizer_config.json": config(LLAMA, tokenizer_class="nothing", add_bos_token=False),
                   "config.json": {"model_type": "llama", "tokenizer_class": "PreTrainedTokenizerFast"}}),
    # Code Llama's class asks for the first token as Llama's does; Qwen's goes by tokenizer.json.
    (LLAMA, None, {"tokenizer_config.json": config(LLAMA, tokenizer_class="CodeLlamaTokenizer", add_bos_token=False)}),
    (GPT2, None, {"tokenizer_config.json": config(GPT2, tokenizer_class="Qwen2Tokenizer", add_bos_token=True)}),
    # What a role makes special is not spelled as it was, unless it says so.
    (LLAMA, None, {"tokenizer_config.json": config(LLAMA, added_tokens_decoder={
        "1": {"content": "<s>"}, "2": {"content": "</s>", "special": False}})}),
]


def asked(folder, kept, files):
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        shutil.copy(HERE / folder / "tokenizer.json", place)
        main = json.loads((place / "tokenizer.json").read_text())
        if kept is not None:
            main["added_tokens"] = [one for one in main["added_tokens"] if one["id"] in kept]
            (place / "tokenizer.json").write_text(json.dumps(main))
        # A base says what it is, and where no class is named transformers goes by that.
        (place / "config.json").write_text('{"model_type": "llama"}')
        for name, contents in files.items():
            if contents is not None:
                (place / name).write_text(json.dumps(contents))
        tokenizer = AutoTokenizer.from_pretrained(place)
        cases = []
        for text in TEXTS:
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            cases.append({"text": text, "ids": ids, "special": tokenizer(text)["input_ids"],
                          "decoded": tokenizer.backend_tokenizer.decode(ids, skip_special_tokens=True)})
        return {"folder": folder, "added": [one["id"] for one in main["added_tokens"]],
                "files": {name: None if one is None else json.dumps(one) for name, one in files.items()},
                "eos": tokenizer.eos_token_id, "cases": cases}


rows = [asked(*one) for one in FOLDERS]
(HERE / "side_files.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
