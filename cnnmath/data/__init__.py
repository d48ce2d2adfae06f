"""Data of the course: embedded digits, files that the user has, and batches of row numbers."""

from cnnmath.data.batches import batches
from cnnmath.data.cifar10 import Cifar10, load_cifar10
from cnnmath.data.digits import Digits, load_digits
from cnnmath.data.mnist import Mnist, load_mnist

__all__ = ["Cifar10", "Digits", "Mnist", "batches", "load_cifar10", "load_digits", "load_mnist"]
