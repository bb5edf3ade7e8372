"""The decoders that are measured, so that every script means the same by "64", and what TinyReFT
asks of itself there."""

# The flags of `tinyreft bench`; so many steps take a process a few seconds.
SHAPES = {
    64: dict(hidden=64, layers=4, heads=4, ffn=192, vocab=259, sequence=64, batch=32, steps=40),
    128: dict(hidden=128, layers=4, heads=4, ffn=384, vocab=259, sequence=64, batch=32, steps=20),
    288: dict(hidden=288, layers=6, heads=6, ffn=768, vocab=32000, sequence=128, batch=8, steps=6),
}

# How many times faster than the faster peer: at least `floor`, better `aim`. The step's rate as a
# share of a large matrix product's, at least. How many times less memory than PyTorch, at least.
GOALS = {
    64: dict(floor=3.0, aim=5.0, share=0.45, memory=20),
    128: dict(floor=2.2, aim=3.5, share=0.55, memory=20),
    288: dict(floor=2.8, aim=4.0, share=0.65, memory=6),
}

# Tokens of a shard: a batch is cut into 8. Half of them are targets, and only these reach the head.
SHARD = {64: 256, 128: 256, 288: 128}
