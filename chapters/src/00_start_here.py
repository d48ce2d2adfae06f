# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Start here
#
# **What you will do.** Look at images as a computer gets them, see why they are hard to name, build
# two classifiers in a few lines, and learn to read the checked formulas of this course.
#
# **What you will learn.** What image classification is and why it is not done by rules; what a
# training set, a classifier and an evaluation are; what a verdict such as PROVED promises here,
# and what it does not; how to break a proof or a program on purpose and read what the checker says.
#
# **What you need.** Some Python, NumPy arrays, partial derivatives. About forty minutes. Nothing is
# downloaded: the digits used here come with the package.

# %%
# %matplotlib inline
import inspect
from dataclasses import replace

import numpy as np
import sympy

from cnnmath import affine
from cnnmath.course.difficulties import seven_difficulties
from cnnmath.course.figures import confusion, image_grid, pixel_table
from cnnmath.course.present import expect, measured
from cnnmath.course.show import Shown, show
from cnnmath.course.symbolic import symbols
from cnnmath.data import load_digits
from cnnmath.ops import AFFINE
from cnnmath.proof.derivation import derive
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted

# %% [markdown]
# ## 1. What the computer gets
#
# *Image classification* (图像分类) gives an image one label out of a fixed list: cat, dog, truck;
# or, in this course, one of the digits 0 to 9. Here is one image. Which digit is it?

# %%
digits = load_digits(np.float64)
images, labels = digits.x_train[:, 0], digits.t_train
image = images[19]
print((16 * image).astype(int))

# %% [markdown]
# Hard to say? These 64 numbers are all that a program has. Draw each one as a grey square, black
# for 0 and white for 16, and you know at once.

# %%
pixel_table(image, title=f"the label of this image is {labels[19]}")

# %% [markdown]
# The numbers did not change; you did, by looking. Between the numbers and what they mean lies the
# *semantic gap* (语义鸿沟). On a photograph it is wider:

# %%
width, height, channels = 1024, 768, 3
print(f"{width * height:,} pixels (像素), {width * height * channels:,} numbers")

# %% [markdown]
# A colour pixel carries three numbers, for red, green and blue, usually whole numbers from 0 to
# 255. (Our source calls all 2,359,296 of them pixels. They are channel values; chapter 06 collects
# such slips.) A classifier maps those two million numbers to one word.
#
# ## 2. Seven difficulties
#
# How alike are two images? The simplest measure is the distance (距离) of their numbers: the root
# of the sum of the squared differences. Here is our zero among the other training images.


# %%
def distance(a, b):
    return np.sqrt(((a - b) ** 2).sum(axis=(-2, -1)))


away = distance(images, image)
stranger = np.where(labels == 0, np.inf, away).argmin()  # nearest image of another class
relative = np.where(labels == 0, away, 0).argmax()  # farthest image of the same class
print(f"the nearest other digit is a {labels[stranger]}, {away[stranger]:.2f} away")
shifted = np.roll(image, 1, axis=1)
print(f"the same zero, one pixel to the right, is {distance(shifted, image):.2f} away")


# %% [markdown]
# Move the zero by one pixel and it is farther from itself than from a six. You see no
# difference; the numbers see a large one. Our source names seven such difficulties, and each can be
# made from a real digit by a few lines of NumPy.
#
# | difficulty | in Chinese | what happens to the object | here |
# |---|---|---|---|
# | viewpoint | 视角变化 | it is seen from elsewhere | turned by 25°, seen from 40° aside |
# | scale | 尺度变化 | it is nearer or farther away | shrunk to 0.6 |
# | deformation | 形变 | it is not rigid | each pixel fetched from up to 2 pixels away |
# | occlusion | 遮挡 | something stands before it | 4 x 4 pixels black |
# | illumination | 光照改变 | the light is different | fading to a tenth on the right |
# | background clutter | 背景融合 | it blends with what lies behind | two other digits behind it |
# | intra-class variation | 类内变化 | its class has many forms | the farthest real zero |

# %%
hard = seven_difficulties(image, images[relative], images, np.random.default_rng(0))
for name, changed in hard.items():
    print(f"{name:22} {distance(changed, image):.2f} away")

# %%
pictures = {"the original": image, **hard, f"a {labels[stranger]}": images[stranger]}
titles = [f"{name}\n{distance(each, image):.2f} away" for name, each in pictures.items()]
image_grid(list(pictures.values()), titles, columns=3)

# %% [markdown]
# Six of the seven zeros are farther from the original than the six is (last picture). Pixel by
# pixel, the same class can look unlike, and different classes alike.
#
# ## 3. Why not write rules?
#
# To sort numbers we write down rules. To recognise a zero? Try one: *a zero is dark in the middle*.
# How dark should the four central pixels be, on average?

# %%
middle = images[:, 3:5, 3:5].mean(axis=(1, 2))
for limit in (0.0, 0.1, 0.2, 0.3):
    says_zero = middle <= limit
    found, wrong = (says_zero & (labels == 0)).sum(), (says_zero & (labels != 0)).sum()
    print(f"at most {limit}: finds {found} of {(labels == 0).sum()} zeros and {wrong} other digits")

# %% [markdown]
# A strict rule misses zeros, a loose one lets others in, and each exception asks for another rule.
# That was the easiest digit, and nobody has turned it or put it in the dark yet.
#
# ## 4. Let the data decide
#
# People learn from examples, and so may programs. In a *data-driven process* (数据驱动过程) a
# *learner* (学习算法) turns a *training set* (训练集) of labelled examples into a *classifier*
# (分类器), also called a model. The classifier is then judged on images that the learner never saw,
# the *test set* (测试集). All of it in three steps:


# %%
def squared_distances(a, b):
    """All pairs of images: (n, u, v) and (m, u, v) give (n, m)."""
    a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
    return (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)


test_images, test_labels = digits.x_test[:, 0], digits.t_test
print(len(images), "images to train,", len(test_images), "to test")

# %% [markdown]
# 1. *Learn*: keep the mean image of each class.

# %%
means = np.stack([images[labels == k].mean(axis=0) for k in range(10)])

# %% [markdown]
# 2. *Classify*: name the class whose mean is nearest.

# %%
predicted = squared_distances(test_images, means).argmin(axis=1)

# %% [markdown]
# 3. *Evaluate* (评估): count how often that is right on images it has not seen.

# %%
measured((predicted == test_labels).mean(), 0.88, 0.93, label="nearest mean, accuracy")

# %% [markdown]
# This is how the course prints a number that may differ a little between computers: the value in
# brackets, then the band that it has to stay in. Outside the band the cell would raise. The
# ten means are all that was learnt:

# %%
image_grid(means, [f"mean of the {k}s" for k in range(10)])

# %% [markdown]
# Where does it go wrong? The row says what the digit is, the column what it was taken for.

# %%
counts = np.zeros((10, 10), int)
np.add.at(counts, (test_labels, predicted), 1)
confusion(counts)

# %% [markdown]
# Another learner keeps *every* training image, and the classifier names the label of the nearest
# one. Pixels here are sixteenths, so its sums are exact and these counts are the same everywhere.

# %%
nearest = squared_distances(test_images, images).argmin(axis=1)
again = squared_distances(images, images).argmin(axis=1)
print((labels[nearest] == test_labels).sum(), "of", len(test_images), "test images right")
print((labels[again] == labels).sum(), "of", len(images), "training images right")

# %% [markdown]
# All training images are right, of course: each is its own nearest neighbour. That is why only
# unseen images count. And what if the test images meet our difficulties? (The seventh is in the
# test set anyway: its zeros are not the zeros of the training set.)

# %%
rng = np.random.default_rng(0)
hard_tests = [seven_difficulties(each, each, images, rng) for each in test_images]
print("test images right, of 360:     nearest mean   nearest image")
for name in list(hard)[:6]:
    changed = np.stack([each[name] for each in hard_tests])
    by_mean = squared_distances(changed, means).argmin(axis=1) == test_labels
    by_image = labels[squared_distances(changed, images).argmin(axis=1)] == test_labels
    print(f"{name:30} {by_mean.sum():12} {by_image.sum():15}")

# %% [markdown]
# Turn or shrink the digits, which you would still read, and both classifiers lose most of them;
# guessing gets 36 right. So there is something to gain, and the chapters go for it step by step:
#
# - **01** keeps the form of the nearest-mean classifier, ten pictures and ten numbers, and *learns*
#   them by going down a loss. That lifts it from 90 % to about 98 % of the test images.
# - **02** puts layers before it, so that classes need not be separated by flat boundaries.
# - **03** lets these layers look at small neighbourhoods wherever they are: convolution.
#
# The nearest image remains a strong rival on this small set. But it compares each new image with
# all 1,437 old ones, and it can only get better by remembering more. (On photographs, our source
# reports in 2016, the best convolutional networks are more often right than people. It cites that;
# we have not checked it.)
#
# ## 5. Ten means are one affine map
#
# Expand the square, and the distance to a mean falls into two parts. One is the same for all
# classes. The other is, up to a factor, a *score* (分数): the image times the mean, minus half the
# mean squared. The highest score wins. That is one call of `affine`, the first op of this course.

# %%
w, b = means.reshape(10, 64), -(means**2).sum(axis=(1, 2)) / 2
scores, backward = affine(test_images.reshape(360, 64), w, b)
print((scores.argmax(axis=1) == predicted).all())

# %% [markdown]
# 360 agreements are encouraging, and prove nothing about the next image. In section 8 you will see
# this very claim proved. First: how does a proof look here?
#
# ## 6. How to read a checked derivation
#
# Every formula that claims something is shown like this. It is the definition of the scores; the
# number at the right is the one in the source.

# %%
show("affine.s#definition", tag="3.4")

# %% [markdown]
# Under the formula stand a reason and a verdict. `affine.s#definition` is the address of the line,
# and the whole project uses it: chapters, tests and error messages.
#
# Question: if a weight `w[k,d]` grows a little, what happens? That depends on what is done with the
# scores. Say a later step tells us for each score how much it matters there: `ds[n,k]`. A small
# change of the scores then changes the outcome by as much as it changes this sum, which stands in
# for the loss (a *pseudo-loss*):

# %%
show("affine.E#definition")

# %% [markdown]
# Try small numbers first: two samples, two features, two classes.

# %%
x, w, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2)), np.zeros(2)
ds = np.array([[1.0, 0.0], [0.0, -1.0]])
scores, backward = affine(x, w, b)
dx, dw, db = backward(ds)
print(dw)

# %% [markdown]
# By hand, for `k = 1, d = 0`: the weight meets the feature `x[0,0] = 1` in the first sample, where
# its score counts `ds[0,1] = 0`, and `x[1,0] = 3` in the second, where it counts `-1`. Together
# `0·1 + (-1)·3 = -3`, as the code says. Now for all sizes at once. A bracket such as `[k' = k]`
# is 1 where the equation holds and 0 elsewhere; primes mark the indices that are summed over.

# %%
show("affine.dw#product")

# %%
show("affine.dw#sift")

# %% [markdown]
# How to read such a line:
#
# - **Formula.** It equals the line before it. Both sides are objects that the checker reads, not
#   pictures of formulas: what is printed was made from what was checked.
# - **Reason.** One sentence for you. The checker does not use it.
# - **Verdict.** What was done: here the rule `sift` (a sum over a bracket `[k' = k]` keeps the one
#   term with `k' = k`), for all sizes. Then other code evaluated both sides, with fractions, at
#   small sizes; it counts these *instances*.
# - **Tags.** If something had to be assumed on the way, a line `assumed:` says so, as here, where
#   the last line about `dw` is bound to the code:

# %%
show("affine.dw#conclusion")

# %% [markdown]
# These are all the verdicts there are.
#
# | verdict | it means |
# |---|---|
# | DEFINED | a definition; every entry it mentions exists |
# | PROVED | shown for all sizes and all real numbers, by the rules named |
# | EXACT | true in exact arithmetic at the sizes named; for code, in all the cases counted |
# | NUMERIC | true to the digits named |
# | SIMULATED | a random experiment with the seed named stayed within its band |
# | ASSUMED | taken for granted, for the reason given |
# | REFUTED | false; a counterexample is given |
# | UNDECIDED | none of these; the project counts them and wants none |
#
# What PROVED does **not** mean. It is about real numbers, and computers have floats: rounding is
# measured apart. And no proof kernel stands behind it. You trust Python and our rules; they are
# listed in `cnnmath/proof/rules.py`, each with its reason. If you want proofs checked by a kernel,
# look at the Lean project [lean4-mlir](https://github.com/brettkoonce/lean4-mlir).
#
# ## 7. Is the code what was proved?
#
# A formula may be right and the program wrong. So the program itself runs on symbols instead of
# numbers, and SymPy, which knows nothing of our rules, differentiates what came out.

# %%
x, w, b, ds = symbols("x", 2, 2), symbols("w", 3, 2), symbols("b", 3), symbols("ds", 2, 3)
scores, backward = affine(x, w, b)
dx, dw, db = backward(ds)
print(scores[0, 1].expression)

# %% [markdown]
# That was no copy of `affine` but the function which you called on the digits. **The SymPy
# cell**, which comes with every gradient in this course, takes one entry:

# %%
by_sympy = sympy.diff((ds * scores).sum().expression, w[1, 0].expression)
print("SymPy:  ", by_sympy)
print("affine: ", dw[1, 0].expression)
print("difference:", by_sympy - dw[1, 0].expression)

# %% [markdown]
# The *tie* does it for every entry of the value and of all gradients, and also compares them with
# what the derivation concludes. It goes through every *cell*, that is, every way the comparisons in
# the code can turn out. `affine` compares nothing, so there is one cell for each choice of sizes.

# %%
print(tie(AFFINE, AFFINE.cases[0]).verdict)

# %% [markdown]
# ## 8. Break it
#
# You believe a checker when you have seen it say no. Here is the claim of section 5, in the
# notation of the course: the squared distance of an image `x` to the mean `m[k]` is a number that
# is the same for all classes, minus twice the score. `sign` is there so that we can spoil it.


# %%
def nearest_mean(D, sign=1):
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, m = D.tensor("x", Dd), D.tensor("m", K, Dd)
    s = D.define("s", (k,), D.Sum(d, x[d] * m[k, d]) - D.Sum(d, m[k, d] ** 2) / 2)
    with D.chain("far", of=D.Sum(d, (x[d] - m[k, d]) ** 2)) as c:
        c.line("expand", D.Sum(d, x[d] ** 2) - sign * 2 * s[k], because="expand the square")


proven = derive("nearest_mean", nearest_mean)
Shown(proven.lines["nearest_mean.far#expand"], tag="")

# %% [markdown]
# The first sum does not contain `k`: the nearest mean is the one with the highest score, for every
# image and any means. Now turn the sign round.

# %%
expect(Refuted, lambda: derive("nearest_mean", nearest_mean, sign=-1))

# %% [markdown]
# Nothing is shown that did not pass. You get the smallest counterexample that the checker found:
# one class, one pixel, and the two values that should be equal.
#
# Now leave the formula and spoil the code. A classic slip: the mean over the samples where the sum
# belongs.


# %%
def careless(x, w, b):
    s, _ = affine(x, w, b)
    return s, lambda ds: (ds @ w, ds.T @ x, ds.mean(axis=0))


expect(Broken, lambda: tie(replace(AFFINE, forward=careless), AFFINE.cases[0]))

# %% [markdown]
# The checker names the entry and shows both sides. A test with a single sample would not have seen
# it: there, mean and sum are the same.
#
# ## 9. Where things are
#
# One op, one file, always in the same order: formula, function with its backward, derivation,
# record. You can read the function from here.

# %%
print(inspect.getsource(affine))

# %% [markdown]
# | room | what you find there |
# |---|---|
# | `cnnmath/ops` | what runs: the ops, each with its derivation |
# | `cnnmath/proof` | why it is right: notation, rules, instances, the trace and the tie |
# | `cnnmath/nn` | layers, optimisers, training: composed of ops, no formulas of their own |
# | `cnnmath/results` | derivations that belong to no single op |
# | `cnnmath/data` | the digits, and batches of them |
# | `cnnmath/ledger` | each formula of the sources and what became of it |
# | `cnnmath/course` | what only these pages need: figures, difficulties, `show`, `measured` |
# | `chapters` | these pages |
#
# ### Letters
#
# An index is a small letter, its size the capital; everything counts from 0.
#
# | letter | what | letter | what |
# |---|---|---|---|
# | `n` (N) | sample | `x[n,d]` | input |
# | `d` (D) | input feature, such as a pixel | `w[k,d]`, `b[k]` | weights, bias |
# | `k` (K) | class or output unit | `s[n,k]` | scores |
# | `u`, `v` (U, V) | row, column of an image | `t[n]` | target: the right class |
# | `n'`, `k'` | the same, summed over | `E` | the loss, or what stands in for it |
# | `[k' = k]` | 1 if true, else 0 | `dw`, `ds` | gradient of `E`, shaped like `w`, `s` |
#
# ### Words
#
# | word | Chinese | meaning |
# |---|---|---|
# | image classification | 图像分类 | giving an image one label of a fixed list |
# | semantic gap | 语义鸿沟 | between the numbers of an image and what it shows |
# | data-driven process | 数据驱动过程 | examples in, classifier out, judged on new images |
# | training set, test set | 训练集, 测试集 | examples to learn from; examples to judge by |
# | learner | 学习算法 | turns a training set into a classifier |
# | classifier, model | 分类器, 模型 | turns an image into a label |
# | label | 标记 | the class of an image, here 0 to 9 |
# | score | 分数 | a number per class; the highest wins |
# | accuracy | 准确率 | share of images that got the right label |
# | gradient | 梯度 | all partial derivatives, in the shape of the array |
#
# ## 10. On your own
#
# Add cells and try; the course is made to be played with.

# %% [markdown]
# **a.** Three neighbours may vote instead of one. Is that better on the test images?
#
# <details><summary>Solution</summary>
#
# ```python
# order = squared_distances(test_images, images).argsort(axis=1, kind="stable")[:, :3]
# votes = (labels[order][:, :, None] == np.arange(10)).sum(axis=1)
# print((votes.argmax(axis=1) == test_labels).sum())
# ```
#
# 355 of 360, against 356 with one neighbour: no better here. If all three disagree, `argmax` takes
# the smallest label, which has nothing to do with the image.
# </details>

# %% [markdown]
# **b.** In which place does a black square of 3 x 3 pixels harm the nearest-mean classifier most?
# Guess first. (`occlude` is in `cnnmath.course.difficulties`.)
#
# <details><summary>Solution</summary>
#
# ```python
# from cnnmath.course.difficulties import occlude
#
# right = np.zeros((6, 6), int)
# for place in np.ndindex(6, 6):
#     dark = np.stack([occlude(each, *place, 3) for each in test_images])
#     right[place] = (squared_distances(dark, means).argmin(axis=1) == test_labels).sum()
# print(right)
# ```
#
# Worst is row 4, column 2, the lower middle: 167 of 360 stay right, against 325 without a square.
# Least harm is done at the top right, where most digits are black anyway: 318 stay right.
# </details>

# %% [markdown]
# **c.** Someone forgets the factor 1/2 in the score. Change `nearest_mean` accordingly. What does
# the checker answer, and why does it need only one class and one pixel to say so?
#
# <details><summary>Solution</summary>
#
# Without `/ 2` in the definition of `s` the line is refuted: the square of the mean counts twice
# as much as it should. With one class and one pixel the claim reads (x - m)² = x² - 2(xm - m²),
# which is false as soon as m is not 0.
# </details>

# %% [markdown]
# **d.** Let `careless` return `ds.T @ x / len(x)` for `dw` as well. Which entry is named first, and
# why is it not one of `db`?
#
# <details><summary>Solution</summary>
#
# `careless.dw[0, 0]`: gradients are compared in the order of the arguments, so `w` comes before
# `b`. The check stops at the first entry that differs.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016,
#   chapters 1 and 2: the task, the semantic gap, the seven difficulties, the data-driven process.
#   Code, numbers and pictures here are our own.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
#   Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
# - P. Y. Simard, D. Steinkraus, J. C. Platt, *Best practices for convolutional neural networks
#   applied to visual document analysis*, ICDAR 2003: elastic deformation of digits.
#
# Next: chapter 01, a linear classifier that learns.
