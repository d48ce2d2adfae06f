"""Data of the course: embedded digits, files that the user has, batches, centring and crops."""

from cnnmath.data.batches import batches
from cnnmath.data.center import Centered, center
from cnnmath.data.cifar10 import Cifar10, load_cifar10
from cnnmath.data.crops import five_crop, random_crop
from cnnmath.data.digits import Digits, load_digits
from cnnmath.data.mnist import Mnist, load_mnist

__all__ = [
    "Centered",
    "Cifar10",
    "Digits",
    "Mnist",
    "batches",
    "center",
    "five_crop",
    "load_cifar10",
    "load_digits",
    "load_mnist",
    "random_crop",
]
