"""Makes interchange.safetensors: a distributed interchange intervention and its gradients.

    python Tests/TinyReFTTests/Fixtures/make_interchange.py

Eq. 1 of the paper, DII(b, s, R) = b + R^T (R s - R b), for five pairs of vectors of width 7, where R
holds three rows that QR made orthonormal from a random A. PyTorch computes the result, and by
autograd the slopes of sum(result * dy), in float64; the file holds float32. QR and Gram-Schmidt give
the same R once the signs of its rows are those that make R's diagonal positive.
"""
import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(35)
A = torch.randn(3, 7).double().requires_grad_()
base = torch.randn(5, 7).double().requires_grad_()
source = torch.randn(5, 7).double().requires_grad_()
dy = torch.randn(5, 7).double()

Q, triangle = torch.linalg.qr(A.T)
R = (Q * triangle.diagonal().sign()).T
swapped = base + (source @ R.T - base @ R.T) @ R
(swapped * dy).sum().backward()

tensors = {"A": A, "base": base, "source": source, "dy": dy, "swapped": swapped,
           "grad.A": A.grad, "grad.base": base.grad, "grad.source": source.grad}
save_file({name: tensor.detach().float().contiguous() for name, tensor in tensors.items()},
          pathlib.Path(__file__).parent / "interchange.safetensors")
