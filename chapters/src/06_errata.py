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
# # Errata: what was printed, and what is right
#
# This course grew out of five documents: a book, a retelling of a paper, two blog pages, notes on a
# video course. People learn from them, and from texts like them. To check every formula of the course
# was to check theirs as well, and some are wrong. This page has all of them, and each with the smallest
# numbers that show it, found by a machine.
#
# It is no list of shame. These slips are easy to make and hard to see, which is why they are still there.
# The page is about *how* one goes wrong with sums and indices, and why so little of it is ever noticed.
#
# **What you will do.** Guess, a dozen times, what is wrong with a plausible formula. Find the smallest
# example against it. Follow a mistake from one document to the next. Train a network with a wrong
# gradient, and see what you would have seen. Catch PyTorch, JAX and SymPy at things that you should
# know about them.
#
# **What you will learn.** To read a formula like a checker: what is free and what is bound, which
# shapes fit, what happens at size 1, at the border, at a tie. What an *erratum* (勘误) and what a
# *counterexample* (反例) is worth, and how far a tool that says "passed" can be trusted.
#
# **What you need.** The chapters that the formulas are from, 01 to 05; every entry names its section.
# An evening, or ten minutes for each entry that you have wondered about.

# %%
# %matplotlib inline
from collections import Counter

import numpy as np

from cnnmath import check_gradient, conv2d, cross_entropy, max_pool2d, softmax
from cnnmath.course.errata_cards import errata_of, erratum
from cnnmath.course.figures_errata import kinds_by_document, where_it_stands
from cnnmath.course.findings import Findings, findings
from cnnmath.course.present import measured
from cnnmath.course.sweeps import sweep
from cnnmath.course.sympy_slips import sympy_slips

# %%
from cnnmath.course.wrong_layers import WAYS_BACK, small_net
from cnnmath.data import load_digits
from cnnmath.ledger.errata import DOCUMENTS, counts, errata
from cnnmath.ledger.slips import SLIPS
from cnnmath.nn import (
    SGD,
    Conv2d,
    Sequential,
    accuracy,
    fit,
    loss_and_gradient,
    parameter_counts,
    predict,
)
from cnnmath.ops import conv2d_output_size, l1_penalty
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.instances import describe, smallest_counterexample

# %% [markdown]
# ## 1. What it takes to call a formula wrong
#
# An opinion is not enough, and neither is "we got something else": perhaps only the letters differ. A
# printed formula is an erratum here if there are sizes and numbers for which it is not true, under the
# document's own definitions. The smallest sizes come first: the machine goes through 1, 2, 3 in order of
# their sum, with small whole numbers, and stops at the first that will do. For example, document 002
# prints the penalty on the weights (3.22) as a sum of the weights. Meant are their squares:

# %%
D = Derivation("penalty")
(K,) = D.sizes("K")
(k,) = D.indices(k=K)
w = D.tensor("w", K)
squares, printed = D.Sum(k, w[k] ** 2), D.Sum(k, w[k])
print(describe(smallest_counterexample(squares, printed, D.size_names)))

# %% [markdown]
# One weight is enough, and it is not 0 and not 1, with which the slip cannot be seen. (Smallest are the
# *sizes*; of the numbers, -1 would have done as well.) A formula that is right, in other clothes, must get
# away:

# %%
print(smallest_counterexample(squares, D.Sum(k, w[k] * w[k]), D.size_names))

# %% [markdown]
# `None`: no example, no accusation. Every entry below went through this search, or through one of its
# own where the claim is about a program and no formula. A suspicion without an example is *rejected*, and
# stays in the table with that word.
#
# ## 2. All of them, counted
#
# This cell verifies every row of the ledger that somebody suspected, now:

# %%
found = errata()
print("suspected:", dict(Counter(each.finding for each in found)))
print("how much of it is wrong:", dict(Counter(each.weight for each in found)))
levels = [each.verdict.level.value if each.verdict else "not checkable" for each in found]
print("what is right:", dict(Counter(levels)))

# %% [markdown]
# No suspicion had to be taken back. *False* is a quarter of it. *Incomplete* means right under a
# condition that is not said, such as "for odd kernels". *Loose* is a claim that is stronger than the
# truth, or a word for another; nobody computes anything wrong with it, though many an hour goes into
# understanding it. And nine are no mistakes of an author at all but of the file that we have, which was
# captured from a page.
#
# What kind of mistakes are they? And where do they stand? (Columns: the number and the short name of
# each document; there is a list at the end of the page.)

# %%
kinds_by_document(counts(found))

# %% [markdown]
# Do not compare columns: 002 is a book with 152 numbered equations, 001 is a few pictures. Compare
# rows. Hardly anything is wrong about *calculus*. Nobody has a wrong derivative of the exponential
# function. What goes wrong is the bookkeeping: which index, which layer, summed over what, which way
# round, how many.
#
# ## 3. Thirteen, from close by
#
# Cover the lower box of each card. What is wrong with the upper one?
#
# ### The sum that cancels
#
# It is the example of section 1, and a whole row of the ledger:

# %%
erratum("zhang-3.22")

# %% [markdown]
# Why one believes it: one *knows* what is meant, so one reads the square where it is not. The same slip
# stands in document 004, in a loss: half the sum of $y-y'$. Two outputs, each as wrong as it can be:

# %%
y, answer = np.array([1, 0]), np.array([0, 1])
print("printed:", (y - answer).sum() / 2, " meant:", ((y - answer) ** 2).sum() / 2)

# %% [markdown]
# A program written after these formulas would not survive its first minute: the loss has no lowest
# value. A mistake that *fails loudly* is harmless. Keep this in mind for the quiet ones.
#
# ### A bracket
#
# The bias of a relu neuron, and the bias of a sum:

# %%
erratum("zhang-4.14")

# %%
erratum("chain-1-a")

# %% [markdown]
# In the first, nothing can switch the neuron off: the bias no longer moves the kink, it moves the output.
# In the second, the bias is counted once per input. With one input, both are right; with two, one is not:

# %%
x, weights, b = np.array([1, 1]), np.array([1, 1]), 1
print("once:", (weights * x).sum() + b, " once per input:", (weights * x + b).sum())

# %% [markdown]
# The second is an error of notation, and Python has the same one: what does a sum sign end with? Which is
# why our `D.Sum(k, ...)` has a bracket of its own.
#
# ### One letter, bound and free
#
# The derivative of the logarithm of a sum, on the way to the most used gradient of all:

# %%
erratum("zhang-3.44")

# %% [markdown]
# The $j$ under the sum sign and the $j$ of $\partial s_j$ are two different indices with one name. A
# reader renames one of them without noticing. A program does not: read literally, *every* term depends
# on $s_j$, and the quotient is 1. SymPy reads it literally (section 7). Our engine refuses the name.
# The next line of the document is right again, so nothing came of it: typical of slips of notation.
#
# ### A layer too low
#
# The gradient of the last weights of a network with L layers, as an outer product. With what?

# %%
erratum("zhang-4.29")

# %% [markdown]
# For *one* layer, the case of the book's chapter 3, $x$ is right. In chapter 4 the input of the last
# layer is no longer $x$, and the formula has not noticed. It then went into the book's Algorithm 2,
# together with its neighbour (4.36), which has a $W$ without its layer. In document 004, which computes
# a 2-2-2 network weight by weight, three derivatives are by the weight of another layer; this one has
# lost a bracket as well:

# %%
erratum("chain-4-g")

# %% [markdown]
# Of all slips here, this one stands in most places. It is also the one that shapes catch, if all sizes
# are different. Rule for your own examples: *no two sizes equal*. The 2-2-2 network of document 004 cannot
# show that a matrix should have been transposed.
#
# ### Which way round
#
# How much of an output's error is a hidden neuron to blame for? Document 004 splits it in proportion to
# the weights, before it comes to gradients:

# %%
erratum("chain-3-a")

# %% [markdown]
# Try it: two hidden neurons, two outputs, an error of 1 at the first output. Shares should add up to 1.

# %%
W, e = np.array([[1, 3], [1, 1]]), np.array([1, 0])  # W[j, k]: from hidden k to output j
print("printed:", (W / W.sum(axis=0)).T @ e, " shares:", (W / W.sum(axis=1, keepdims=True)).T @ e)

# %% [markdown]
# 5/4 of the blame was handed out. A *conserved quantity* is the cheapest check there is. (And the split is
# no gradient, whichever way round: entry chain-3-d.)
#
# ### The slope that is not there
#
# The gradient passes an activation. Document 001 has the formula as a picture, and above it a sentence:
# convolve, then multiply by the *activation function* of the layer. Its *derivative* is meant:

# %%
erratum("rot180-1-a")

# %% [markdown]
# In another picture of the same page the factor is replaced by a sign for "proportional". It is not even
# that, since each neuron has a slope of its own:

# %%
erratum("rot180-2-a")

# %% [markdown]
# ### One map above
#
# Now the one that stands in three of the five documents. A map of a convolution layer is read by *many*
# maps of the next layer. What arrives at it is a sum over all of them. The paper of 2006 has one map
# above (as far as can be told: the retelling has lost the image); document 001 shows the same formula
# in its first picture; and the book has no sum over the filters in 5.28 and 5.29:

# %%
erratum("bouvrie-3.2.1-b")

# %%
erratum("zhang-5.29")

# %% [markdown]
# Two maps above, one pixel, kernels of one number:

# %%
kernels = np.array([2.0, 3.0]).reshape(2, 1, 1, 1)
_, backward = conv2d(np.ones((1, 1, 1, 1)), kernels)
arrives = np.array([1.0, 10.0]).reshape(1, 2, 1, 1)
first = arrives * [[[[1]], [[0]]]]
print("dx:", backward(arrives)[0].item(), " of the first map alone:", backward(first)[0].item())

# %% [markdown]
# Why one believes it: with one map it is true, and with one map one draws the picture. Section 5 trains
# with it.
#
# ### Put, not added
#
# Max pooling hands the gradient to where the maximum was. Two documents say "set it there":

# %%
erratum("zhang-5.4.2-b")

# %%
x, dy, put = np.array([1.0, 5, 2]), np.array([10.0, 100]), np.zeros(3)
_, backward = max_pool2d(x[None, None, None], (1, 2), stride=1)
put[[1, 1]] = dy  # the maximum of both windows is at 1
print("dx:", *backward(dy[None, None, None])[0].ravel(), "  put there:", *put)

# %% [markdown]
# The 5 is the maximum of *both* windows. With windows that do not overlap the two words are the same, and
# that is the case that one draws. NumPy has the same trap: `dx[places] = dy` keeps the last of several
# values, `dx[places] += dy` does too, and `np.add.at(dx, places, dy)` adds.
#
# ### How many windows
#
# Two documents give a quotient, with nothing said where it is no whole number. A third formula has the
# stride replaced by 2:

# %%
erratum("zhang-5.14")

# %%
erratum("ng-1.4-a")

# %%
fit_in, _ = conv2d_output_size((7, 7), 3, stride=3)
print("7 rows, kernel 3, stride 3:", fit_in, " printed:", (7 - 3) // 2 + 1)

# %% [markdown]
# With stride 2, and windows that end at the border, all three are right.
#
# ### How deep is a filter
#
# A layer from 32x32x3 to 28x28x6 with kernels of 5x5 has how many parameters?

# %%
erratum("ng-1.10-b")

# %%
print(parameter_counts(Sequential(Conv2d(3, 6, 5))))

# %% [markdown]
# 150 or 456: this number is meant to show how *few* there are, and the argument stands either way. Nobody
# checks a number that supports what is right.
#
# ### The other convolution theorem
#
# A convolution is a product of Fourier transforms; so transform, multiply, transform back. Try it on three
# numbers and two:

# %%
f, g = np.array([1, 2, 3]), np.array([1, 10])
product = np.fft.fft(f) * np.fft.fft(g, 3)
print(
    "by transforms:",
    np.fft.ifft(product).real.round().astype(int),
    " convolution:",
    np.convolve(f, g),
)

# %%
erratum("zhang-6.15")

# %% [markdown]
# The theorem is true *on the circle*, where what leaves on the right comes in on the left (chapter 05a
# has the picture). Padding mends that. But the formula of the book is for the layer, and needs three
# more things: a conjugate, because the layer does not turn its kernel; the sum over the channels; a
# crop. Each is easy to find, once the smallest example is on the table.
#
# ### The penalty that does nothing
#
# Chapter 04 is built around this one. Weights that come out of a softmax are to become sparse, by a
# penalty on their absolute values:

# %%
erratum("bouvrie-3.3.1-a")

# %%
alpha, softmax_back = softmax(np.array([[0.3, -1.0, 2.0]]))
cost, penalty_back = l1_penalty(alpha, 1)
print(f"penalty {cost:.6g}, its gradient", softmax_back(penalty_back(1)[0])[0].round(12) + 0.0)

# %% [markdown]
# The weights are positive and sum to 1. So do their absolute values. The paper even derives the gradient,
# correctly, and does not see that it is zero. The formula is right; the *purpose* is wrong. No check of
# derivatives finds that. What finds it is evaluating the thing at two points.
#
# ### Stable, and still infinite
#
# The last one is about machines. Subtract the largest score, says the book, and the softmax can
# be computed. True. And then the loss?

# %%
s = np.array([[0.0, -1000.0]])
with np.errstate(divide="ignore"):
    by_softmax = -np.log(softmax(s)[0][0, 1])
print("-log of the softmax:", by_softmax, " the loss:", cross_entropy(s, np.array([1]))[0])

# %%
erratum("zhang-6.11-b")

# %% [markdown]
# ## 4. How mistakes travel
#
# Which documents print the same mistake, and which have it right? A square counts the places; a ring says
# that the same thing stands there without the slip.

# %%
where_it_stands(SLIPS)

# %%
for slip in SLIPS:
    places = Counter(DOCUMENTS[row.split("-")[0]][0] for row in slip.wrong)
    said = ", ".join(f"{number}: {n}" for number, n in sorted(places.items()))
    print(f"{slip.name} ({said})", slip.what, sep="\n    ")

# %% [markdown]
# Three ways to travel can be told apart. *Copied*: 000 retells a paper, and what the paper has, it has
# ("one map above", "penalty of nothing"). *Inherited within a text*: a formula is right in chapter 3,
# and is used in chapter 4 where it is not ("one layer off"; then into the algorithm, which is what
# people type in). *Invited*: nobody copied, but everybody drew the same small picture: one map, stride
# 1, even sizes, windows side by side ("put, not added", "not rounded down", "depth of a filter").
# Against the third way small *odd* examples help: two maps, stride 2 on five rows, windows that
# overlap.
#
# Some squares and rings stand in one row: the five documents together knew better than each of them.
#
# ## 5. What a training run would have shown
#
# Suppose that somebody programs "one map above". Does the network not train? Take the digits, a net
# with two convolutions, and a second layer that computes its value and the gradients of its own kernels
# correctly. Only what it passes *down* is wrong. Beside it: the kernels not turned ("turned, or not");
# and, to compare, nothing passed down at all, so that the first layer stays as it was drawn.

# %%
digits = load_digits(np.float64)
settings = {"optimiser": SGD(0.05, momentum=0.9), "epochs": 12, "batch_size": 32}
for way in WAYS_BACK:
    net = small_net(way)
    run = fit(net, digits.x_train, digits.t_train, rng=np.random.default_rng(0), **settings)
    hits = accuracy(predict(net, run.params, digits.x_test), digits.t_test)
    measured(hits, 0.8, 0.985, digits=4, label=f"{way}: test accuracy")

# %% [markdown]
# How wrong are these gradients? The cosine of the angle between the gradient of the first kernels and the
# right one, at the start:

# %%
params = small_net("right").init(np.random.default_rng(0))


def first_kernels(way):
    _, grads = loss_and_gradient(small_net(way), params, digits.x_train, digits.t_train)
    return grads[0]["w"].ravel()


def cosine(a, b):
    return a @ b / np.sqrt((a @ a) * (b @ b))


# %%
right = first_kernels("right")
for way, band in {"one map above": (0.6, 0.8), "not turned": (-0.2, 0.1)}.items():
    measured(cosine(first_kernels(way), right), *band, label=way)

# %% [markdown]
# One of them points about in the right direction; the other has nothing to do with it. Yet *every* net has
# learnt, and whoever saw such a number on the first evening would try another learning rate before looking
# for a mistake. One start is an anecdote. Ten starts (`benchmarks/wrong_ways_back.py`), and in how many of
# them the net ended above the one with the right gradient:

# %%
rows = {row["name"]: np.array(row["test_accuracy"]) for row in sweep("wrong_ways_back")["rows"]}
for way, found_in in rows.items():
    low, mean, high = found_in.min(), found_in.mean(), found_in.max()
    above = (found_in > rows["right"]).sum()
    print(f"{way:14} mean {mean:.3f}, from {low:.3f} to {high:.3f}, above in {above} of 10")

# %% [markdown]
# The right gradient is the best on average. But the starts of so small a net differ more than the
# gradients do, and in four of ten starts the *wrong* one wins: all else in these nets is right, and
# random filters are not so bad. With the kernels not turned, the first layer is better left alone, and
# even that reached 93 % once. A training run is no test of a gradient. This is:

# %%
layer = WAYS_BACK["one map above"](1, 2, 2)
weights = layer.init(np.random.default_rng(0))


def passed_down(x):
    z, backward = layer.apply(weights, x)
    return z, lambda dz: backward(dz)[0]


print(check_gradient(passed_down, np.ones((1, 1, 2, 2))).verdict)

# %% [markdown]
# ## 6. The whole table
#
# Each document folds out: what is printed, what is right (in the document's letters), the smallest numbers
# against it, the proven line, and where the same mistake stands.

# %%
errata_of("bouvrie", found)

# %%
errata_of("rot180", found)

# %%
errata_of("zhang", found)

# %%
errata_of("ng", found)

# %%
errata_of("chain", found)

# %% [markdown]
# ## 7. Outside of the sources
#
# The same questions, put to tools that millions use. Nothing here is typed in:
# `benchmarks/outside_findings.py` asks them, its answers are in
# `benchmarks/results/outside_findings.json`, and a test asks again where the tools are installed.
#
# ### At a kink
#
# $\max(0,x)$ has no derivative at 0. Every value from 0 to 1 is a *subgradient*, and each is a
# convention. But whose? Not even one library has one:

# %%
outside = sweep("outside_findings")["findings"]
findings(outside, "slope")

# %% [markdown]
# `torch.relu(x)`, `torch.maximum(x, zero)` and `x.clamp(min=0)` are one function, with the slopes 0,
# 1/2 and 1 at 0. None of them is wrong. But two programs that "do the same" can train differently, where
# exact zeros are common: black pixels and a bias that starts at 0. Ties of a maximum are the same matter:

# %%
findings(outside, "largest")

# %% [markdown]
# ### A checker that accepts zero
#
# Here is a sine whose backward pass returns zeros. How do the checkers like it?

# %%
findings(outside, "backward")

# %% [markdown]
# In fast mode, `gradcheck` compares one number, a sum over all entries with positive random weights,
# and allows an error that grows with the sums of these weights. JAX looks along one random direction,
# and multiplies what it allows by the number of entries; so in float32, its default, a thousand entries
# are enough. Both have been reported (PyTorch's pull request 59615, JAX's issue 3130), both are right on
# small inputs, and JAX's reverse mode says no at all three sizes. What to learn from it: *give a checker
# small inputs*, and once in a while a wrong gradient, to see whether it looks.
#
# ### Sums that SymPy gets wrong
#
# SymPy is the judge of this course wherever all sizes are numbers, and a good one. With sums over
# symbolic ranges it must not be asked. These are run now, with the version that you have; beside them
# what our engine proves:

# %%
Findings(sympy_slips())

# %% [markdown]
# (`largest[0,1]` is 1 if the maximum of the first pair is its second entry, else 0.)
#
# The first four have one root: an equation such as $2k=1$ is solved for $k$, and nobody asks whether
# $k=1/2$ is one of the whole numbers that are summed over. The rule of our engine for a bracket with a
# coefficient asks just that (`cnnmath/proof/rules.py`). The empty range is no mistake but another
# convention, and SymPy documents it; it is in the table because NumPy's is the one that programs have.
#
# ## 8. On your own
#
# Pencil first.

# %% [markdown]
# **a.** "The gradient by $w$ of $\frac12\sum_i w_i^2$ is $\sum_i w_i$." Find the smallest example
# against it.
#
# <details><summary>Solution</summary>
#
# With one weight it is right. With two, the entries of the gradient are $w_0$ and $w_1$, and not
# $w_0+w_1$: so $w=(0,1)$ will do, where the first entry is 0. The sum is a bound index that should have
# been sifted out.
#
# ```python
# D = Derivation("a")
# (N,) = D.sizes("N")
# n, i = D.indices(n=N, i=N)
# v = D.tensor("v", N)
# half = D.Sum(i, v[i] ** 2) / 2
# print(describe(smallest_counterexample(D.diff(half, v[n]), D.Sum(i, v[i]), D.size_names)))
# ```
# </details>

# %% [markdown]
# **b.** In which sizes can the outer product of section "A layer too low" not be told from the right
# one by its shape? And by its values?
#
# <details><summary>Solution</summary>
#
# By shape, if the last hidden layer is as wide as the input. By values, only where $a^{(L-1)}=x$: for
# example if the layers between are the identity on $x$.
# </details>

# %% [markdown]
# **c.** Overlapping max pooling in NumPy: `dx[places] += dy`, where two entries of `places` are equal.
# What comes out for the example of "Put, not added", and what do you write instead?
#
# <details><summary>Solution</summary>
#
# 100 at the place of the 5: the right side is computed from the old `dx`, for both, and the second
# overwrites the first. `np.add.at` adds one by one; so does `np.bincount` with weights.
#
# ```python
# dx, places, dy = np.zeros(3), np.array([1, 1]), np.array([10.0, 100.0])
# dx[places] += dy
# again = np.zeros(3)
# np.add.at(again, places, dy)
# print(dx, again)
# ```
# </details>

# %% [markdown]
# **d.** A checker compares $u^\top J v$ for one random direction, and allows an error of $10^{-3}$
# times the number of entries. How wrong may a gradient of a million entries be?
#
# <details><summary>Solution</summary>
#
# The allowance is 1000. A sum of a million random terms of size 1 is itself about 1000. So a gradient of
# zero passes. An allowance must be compared with what is being summed, not with how much of it there is.
# </details>

# %% [markdown]
# **e.** Take a formula of a text of your own and write it for the engine, as in section 1 (the README
# has an example). Which of its letters are bound, which are free? Choose the sizes all different.
#
# <details><summary>Solution</summary>
#
# If the engine refuses a name, the formula has it twice. If it finds an example at size 1, look for a
# missing factor or sign; at size 2, for a missing sum or an index; only where sizes differ, for a
# transpose; only at a border, for a range.
# </details>

# %% [markdown]
# ## Sources
#
# The documents, by the numbers of the tables above. All wording, formulas in our letters, numbers and
# pictures are our own; what is quoted of a print is what the entry is about.
#
# - 000: J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, in a Chinese retelling (zouxy09,
# 2013). Its formulas are lost as images; where we rebuilt one, its entry says so.
# - 001: manutdzou, *为什么CNN反向传播计算梯度时需要将权重旋转180度*, 2016; most formulas are images.
# - 002: H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016.
# - 003: *卷积神经网络——卷积层、池化层和激活函数*, study notes on a course by A. Ng, 2018.
# - 004: yuruoyuxi, *深度学习与计算机视觉: 深度学习必知基本概念以及链式求导*, cnblogs, 2018.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
# - A. Meurer et al., *SymPy: symbolic computing in Python*, PeerJ Computer Science 3:e103, 2017.
# - A. Paszke et al., *PyTorch: an imperative style, high-performance deep learning library*, NeurIPS 2019.
# - J. Bradbury et al., *JAX: composable transformations of Python+NumPy programs*, 2018.
# - M. Karr, *Summation in finite terms*, Journal of the ACM 28, 1981: the sums that run backwards.
