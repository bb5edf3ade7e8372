import TinyReFT

print("tinyreft")
