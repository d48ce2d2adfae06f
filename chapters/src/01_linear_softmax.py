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
# # Linear scores and softmax
#
# A picture of a digit goes in, ten numbers come out, and the largest one wins. The simplest machine
# of that kind is one matrix and one vector (线性分类器, a linear classifier). This page builds it,
# proves it, trains it on real digits, and looks at what it learnt.
#
# **What you will do.** Score a two-pixel image by hand. Turn scores into probabilities. Find out
# which loss fits, go downhill on it, and train a classifier that reads about 98 % of unseen digits.
# Look at its ten templates, at its mistakes, and at a task that it cannot learn.
#
# **What you will learn.** Linear scores and two ways to read them; softmax; why maximum likelihood
# means cross-entropy; what makes the optimum unique, and what does not; why downhill is minus the
# gradient; the gradient of softmax and cross-entropy and how a careless program loses its digits;
# gradient descent, stochastic and by mini-batches; prediction and accuracy; convexity.
#
# **What you need.** The page *Start here*, partial derivatives and the chain rule, NumPy arrays.
# About two hours, and it is made to be left and come back to.

# %%
# %matplotlib inline
import inspect
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy

# %%
from cnnmath import affine, cross_entropy, l2_penalty, log_softmax, softmax
from cnnmath.course.figures import confusion, image_grid, probability_bars, templates
from cnnmath.course.figures_linear import (
    curves,
    outer_product,
    push_bars,
    region_panels,
    same_place,
    scores_by_hand,
)
from cnnmath.course.landscapes import decision_regions, histories, loss_slice, paths_on_contours
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.symbolic import symbols

# %%
from cnnmath.data import batches, load_digits
from cnnmath.nn import SGD, accuracy, fit, loss_and_gradient, predict, softmax_regression
from cnnmath.ops import AFFINE, CROSS_ENTROPY, L2_PENALTY, SOFTMAX, ShapeError
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.notation import NotationError
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted

# %% [markdown]
# The main source is H. Zhang's text of 2016, chapter 3. Numbers in parentheses at the right of a
# formula are its equation numbers. The letters are those of this course:
#
# | here | there | what |
# |---|---|---|
# | `n` of N | $i$ of $m$ | sample (样本) |
# | `d` of D | $j$ of $n$ | pixel of a flattened image |
# | `k` of K | $d$, $j$ or $k$ of $K$ | class (类) |
# | `t[n]` | $y^{(i)}$ | label of a sample |
# | `w[k,d]`, `b[k]` | $W_{dj}$, $b_d$ | weights (权值), bias (偏置) |
# | `[k = t]` | $1\{\cdot\}$, $\vec e_y$ | bracket: 1 if true, else 0 (3.53, 3.54) |
#
# ## 1. Images with labels
#
# What is there to learn from? Pairs: an image and its label.

# %%
digits = load_digits(np.float64)
images, labels = digits.x_train, digits.t_train
image_grid(images[:10], [f"label {t}" for t in labels[:10]])

# %% [markdown] tags=["definition"]
# The *training set* (训练集) of N images, each unrolled into a row of D numbers, each with a label out
# of K classes that are counted from 0:
#
# $$\mathcal D = \{(x_n, t_n)\}_{n=0}^{N-1}, \tag{3.1}$$
#
# $$x_n \in \mathbb R^D, \tag{3.2}$$
#
# $$t_n \in \{0, 1, \dots, K-1\}. \tag{3.3}$$

# %%
x_train, x_test = images.reshape(-1, 64), digits.x_test.reshape(-1, 64)
print("N, D =", x_train.shape, " K =", len(set(labels.tolist())))
print("images of each class:", np.bincount(labels))

# %% [markdown]
# Labels start at 0 in the whole course. (The source counts from 0 in its chapter 3 and from 1 in
# its chapter 5.)
#
# Unrolling goes row by row here, the first eight numbers are the top row. The source leaves the
# order open, and nothing on this page depends on it: a linear classifier does not know which pixels
# are neighbours. (That is what chapter 03 is about.) For a colour photograph D is larger:

# %%
print(f"{1024 * 768 * 3:,}")

# %% [markdown]
# ## 2. Scores: one row of weights per class
#
# How do numbers become a decision? Let every pixel vote. For each class, each pixel has a weight;
# multiply, add up, add a bias. The result is the *score* (分数) of the class.
#
# Take an image of two pixels, `x = (2, 1)`, and three classes. Class 0 likes light on the left,
# class 1 on the right, class 2 likes it dark.

# %%
x = np.array([[2.0, 1.0]])  # one sample, so one row
w = np.array([[2.0, -1.0], [-1.0, 2.0], [-1.0, -1.0]])
b = np.array([0.0, 0.0, 3.0])
scores_by_hand(x[0], w, b)

# %% [markdown]
# By hand: $2\cdot 2 + 1\cdot(-1) + 0 = 3$ for class 0, and 0 for both others. Class 0 wins. In
# letters, for all sizes:

# %%
show("affine.s#definition", tag="3.4")

# %% [markdown]
# The function that the model computes is called the *hypothesis* (假设函数). The code:

# %%
s, backward = affine(x, w, b)
print(s)

# %% [markdown]
# `w` has a row per class and a column per pixel, `b` an entry per class (3.5). So ten classes and
# 64 pixels make $10\cdot 64+10 = 650$ parameters, and that is all that is kept after training: the
# images themselves are no longer needed.
#
# The source writes $W\vec x + \vec b$ with a column $\vec x$. Here samples are rows, many at once,
# and the same thing reads `x @ w.T + b`. Forget the transpose, and the shapes tell:

# %%
expect(ShapeError, lambda: affine(x, w.T, b))

# %% [markdown]
# **First reading: K classifiers side by side.** Stack the rows `w[0]`, `w[1]`, ... to a matrix `W`.
# The source draws that with columns of dots; the checker wants to know which row ends up where, so
# a bracket says it:

# %%
show("row_view.W#definition")

# %%
show("row_view.s#definition", tag="3.6")

# %% [markdown]
# The matrix times the image is a stack again, of one number per row,

# %%
show("row_view.scores#stack", tag="3.7")

# %% [markdown]
# and the number at place `k` comes from row `k` alone. No class knows of the others.

# %%
show("row_view.scores#row", tag="3.8")

# %%
print([float(w[k] @ x[0] + b[k]) for k in range(3)])

# %% [markdown]
# **Second reading: prototypes** (原型). A row of weights has the shape of an image. Think of it as a
# picture of what its class looks like; the score measures how similar the image is, and the most
# similar prototype wins. A useful picture, with a catch. Let class 0 have the prototype (1, 0),
# class 1 the prototype (10, 10), and let the image *be* the first prototype:

# %%
prototypes = np.array([[1.0, 0.0], [10.0, 10.0]])
print(prototypes @ prototypes[0])

# %% [markdown]
# The wrong class wins, 10 to 1, because its prototype is longer. A product is not a distance. How
# do the two relate? Expand the square:

# %%
show("linear_boundary.distance#score")

# %% [markdown]
# The first sum is the same for all classes. So the nearest prototype has the highest score if the
# bias is $b_k = -\frac12\sum_d w_{k,d}^2$. Without it, bright prototypes shout louder.

# %%
rules = {
    "largest x · w[k]": lambda points: points @ prototypes.T,
    "b[k] = -|w[k]|²/2 added": lambda points: points @ prototypes.T - (prototypes**2).sum(1) / 2,
    "nearest": lambda points: -((points[:, None] - prototypes) ** 2).sum(2),
}
region_panels(rules, prototypes, np.array([0, 1]))

# %% [markdown]
# On real digits the mean images are good prototypes. They are about equally bright, so there the
# catch hardly matters:

# %%
means = np.stack([x_train[labels == k].mean(axis=0) for k in range(10)])
for name, bias in (("no bias", 0), ("with bias", -(means**2).sum(axis=1) / 2)):
    measured(accuracy((x_test @ means.T + bias).argmax(1), digits.t_test), 0.88, 0.93, label=name)

# %% [markdown]
# Nine of ten digits, without any learning. Section 14 learns better rows.
#
# ## 3. Where the winner changes
#
# Which images belong to which class? With two pixels we can colour the plane of all images. Here
# are the three classes of section 2.

# %%
points = np.array(
    [[2.0, 1], [3, 0.5], [2.5, 1.5], [1, 2], [0.5, 3], [1.5, 2.5], [0.3, 0.4], [0.8, 0.2]]
)
decision_regions(lambda pixels: affine(pixels, w, b)[0], points, np.array([0, 0, 0, 1, 1, 1, 2, 2]))

# %% [markdown]
# Straight borders, and no region has a dent. Section 16 proves that this is so in any number of
# dimensions.
#
# ## 4. Softmax: from scores to probabilities
#
# Score 3 against 0: how sure is that? Scores have no unit. The *softmax* function makes them
# probabilities (概率) in two steps: make them positive, then divide by the sum.
#
# Numbers for your head: let the scores be $\log 6$, $\log 3$ and $\log 1$. Then the exponentials
# are 6, 3, 1, their sum is 10, and the probabilities are 0.6, 0.3, 0.1.

# %%
show("softmax.p#definition", tag="3.9")

# %%
s = np.log([[6.0, 3.0, 1.0]])
p, backward = softmax(s)
print(p.round(12))

# %%
probability_bars(p[0])

# %% [markdown]
# They add up to 1, whatever the scores are:

# %%
show("softmax.sum#one")

# %% [markdown]
# Is each of them between 0 and 1? Take a number that is 1 with probability `p[k]` and else 0. Its
# variance is `p[k] (1 - p[k])`,

# %%
show("class_probability.between#variance")

# %% [markdown]
# and a variance is not negative. That would not be so with a `p[k]` below 0 or above 1.

# %%
show("class_probability.range#not-negative")

# %% [markdown]
# The largest score has the largest probability, for `exp` is increasing. Equal scores give $1/K$
# each (6.2). With two or more classes a probability is never exactly 0 or 1; in floats it can be
# both, and section 11 takes care of that.

# %%
print(softmax(np.full((1, 4), 7.0))[0], softmax(np.array([[0.0, 800.0]]))[0])

# %% [markdown]
# ## 5. Which parameters are best?
#
# A *loss* (损失函数) says how badly scores and labels disagree. Which one? Here is a principle that
# chooses it for us, *maximum likelihood* (最大似然估计): take the parameters under which the labels that
# we saw were most probable.
#
# A tiny case. Three samples, and the model gives their labels probability 1/2, 1/4 and 1/2. All
# three together: $\frac12\cdot\frac14\cdot\frac12=\frac1{16}$. Products of many small numbers are
# unpleasant, sums are not, so take logarithms. Five samples with one pixel and one free weight `c`
# show that this does not move the best place:

# %%
x = np.array([[-2.0], [-1.0], [0.5], [1.0], [2.0]])
t = np.array([0, 1, 0, 1, 1])
c = np.linspace(-1, 4, 101)
p = np.array([softmax(x * np.array([0, each]))[0][range(5), t] for each in c])

# %%
likelihoods = {
    "likelihood, a product": p.prod(axis=1),
    "log-likelihood, a sum": np.log(p).sum(axis=1),
    "minus its mean: the loss": -np.log(p).mean(axis=1),
}
same_place(c, likelihoods, "weight c", best=c[p.prod(axis=1).argmax()])

# %% [markdown]
# Now in general, in eleven steps. The likelihood of the whole training set is `L`. A sample appears
# with density `q[n]` for its image, which knows nothing of our parameters, times the probability of
# its label.

# %%
show("maximum_likelihood.L#definition")

# %% [markdown]
# We want the place where it is largest:

# %%
show("maximum_likelihood.steps#start", tag="3.10")

# %% [markdown]
# Independent samples: the likelihood is a product.

# %%
show("maximum_likelihood.steps#joint", tag="3.11")

# %% [markdown]
# The densities of the images are a positive factor without `w` and `b`. It may go.

# %%
show("maximum_likelihood.steps#conditional", tag="3.12")

# %% [markdown]
# The logarithm is increasing, so it keeps the place of the maximum,

# %%
show("maximum_likelihood.steps#log", tag="3.13")

# %% [markdown]
# and turns the product into a sum.

# %%
show("maximum_likelihood.steps#sum", tag="3.14")

# %% [markdown]
# Write out the probability of the label.

# %%
show("maximum_likelihood.steps#softmax", tag="3.15")

# %% [markdown]
# People prefer to minimise. A minus sign turns the maximum into a minimum.

# %%
show("maximum_likelihood.steps#minus", tag="3.16")

# %% [markdown]
# Divide by the number of samples, so that large and small training sets compare.

# %%
show("maximum_likelihood.steps#mean", tag="3.17")

# %% [markdown]
# The logarithm of a quotient is a difference, and `log` undoes `exp`.

# %%
show("maximum_likelihood.steps#logsumexp", tag="3.18")

# %% [markdown]
# What stands under the sum is the loss of one sample. It gets a name,

# %%
show("maximum_likelihood.err#definition")

# %%
show("maximum_likelihood.steps#err", tag="3.19")

# %% [markdown]
# and so does the mean.

# %%
show("maximum_likelihood.J#definition")

# %%
show("maximum_likelihood.steps#objective", tag="3.20")

# %% [markdown]
# Nothing was lost on the way; from `J` you get the likelihood of the labels back.

# %%
show("maximum_likelihood.value#exponential")

# %% [markdown]
# With the three samples from above: $J = \frac13(\log 2+\log 4+\log 2) = \frac43\log 2$, and
# $e^{-3J}=2^{-4}=\frac1{16}$.
#
# The loss is called *cross-entropy* (交叉熵). It is minus the logarithm of the probability that the
# right class got. In code, for the scores of section 4 and each possible label:

# %%
for label in range(3):
    loss, backward = cross_entropy(s, np.array([label]))
    print(f"label {label}: probability 0.{(6, 3, 1)[label]}, loss {loss:.4f}")

# %% [markdown]
# A model that knows nothing gives every class $1/K$ and pays $\log K$. For ten digits:

# %%
print(f"{cross_entropy(np.zeros((1, 10)), np.array([4]))[0]:.4f}  {np.log(10):.4f}")

# %% [markdown]
# Its close relative `log_softmax` gives the logarithms for all classes at once, and never takes the
# logarithm of a number that has become 0.

# %%
show("log_softmax.y#definition")

# %%
show("log_softmax.meaning#log")

# %% [markdown]
# ### It is not the hinge loss
#
# The source calls cross-entropy "hinge loss" in a bracket. That is another loss:
# $\sum_{k\ne t}\max(0, s_k-s_t+1)$, which is satisfied once the right class leads by 1.
# Cross-entropy always wants a bit more. With scores (3, 0) and label 0:

# %%
s = np.array([[3.0, 0.0]])
hinge = max(0.0, s[0, 1] - s[0, 0] + 1)
print(f"cross-entropy {cross_entropy(s, np.array([0]))[0]:.4f}, hinge {hinge}")

# %%
lead = np.linspace(-3, 5, 161)
two_losses = {"cross-entropy": np.log1p(np.exp(-lead)), "hinge": np.maximum(0, 1 - lead)}
curves(
    lead, two_losses, "lead of the right class", "loss", {"s = (3, 0)": (3, np.log1p(np.exp(-3)))}
)

# %% [markdown]
# ## 6. The optimum is not unique
#
# Add 5 to every score: what happens to the probabilities? Numerator and denominator get the same
# factor $e^5$. Nothing happens.

# %%
s = np.array([[3.0, 0.0, 0.0]])
print(softmax(s)[0].round(6), softmax(s + 5)[0].round(6))

# %% [markdown]
# So different parameters can be equally good. Which ones? Add one vector `v` to every row of the
# weights and one number `c` to every entry of the bias:

# %%
show("parameter_shift.w1#definition")

# %%
show("parameter_shift.b1#definition")

# %% [markdown]
# All scores of a sample move by the same amount,

# %%
show("parameter_shift.scores#shift")

# %% [markdown]
# the probabilities do not notice,

# %%
show("parameter_shift.probability#same")

# %% [markdown]
# and neither does the objective, here still without any penalty.

# %%
show("parameter_shift.J#definition")

# %%
show("parameter_shift.quotient#log", tag="3.21")

# %%
show("parameter_shift.objective#same")

# %% [markdown]
# The source adds the same constant to *all* numbers, and asks for $c>0$. That is the special case
# where `v` has all entries equal; any sign will do.

# %%
show("parameter_shift.w2#definition")

# %%
show("parameter_shift.constant#same")

# %% [markdown]
# Here is what that looks like: the loss over the two biases of a model that ignores its input, with
# one label 0 and two labels 1 (direction 0 is the bias of class 0, direction 1 that of class 1).
# The line is a whole valley of optima.

# %%
bias, t = np.linspace(-3, 3, 61), np.array([0, 1, 1])
J = [[cross_entropy(np.tile([b0, b1], (3, 1)), t)[0] for b1 in bias] for b0 in bias]
valley = [(each, each + np.log(2)) for each in np.linspace(-2, 2, 9)]
loss_slice(bias, bias, J, valley)

# %% [markdown]
# ### A taste for small weights
#
# *Regularisation* (正则化) adds a *penalty* (正则项) to the objective: of equally good parameters, prefer
# small ones. The usual penalty is the square of the Frobenius norm, all weights squared and added
# up:

# %%
show("parameter_shift.penalty#definition", tag="3.22")

# %% [markdown]
# In our copy of the source the square is missing, by a slip of the author or of the extraction. Is
# that serious? By hand: weights 1 and -1 have the sum 0 and the squared norm 2. The checker finds
# an even smaller example:

# %%
D = Derivation("as_printed")
K, pixels = D.sizes("K D")
k, d = D.indices(k=K, d=pixels)
w = D.tensor("w", K, pixels)
squares, no_squares = D.Sum((k, d), w[k, d] ** 2), D.Sum((k, d), w[k, d])
expect(Refuted, lambda: D.claim("penalty", squares, no_squares, because="3.22 as printed"))

# %% [markdown]
# What does the square prefer? Two rows that give a white image of four pixels the same score, 1:
# one uses all pixels a little, the other one pixel a lot. The spread one is cheaper.

# %%
spread, single = np.full((1, 4), 0.25), np.array([[1.0, 0.0, 0.0, 0.0]])
print(l2_penalty(spread, 1.0)[0], "against", l2_penalty(single, 1.0)[0])

# %% [markdown]
# That is no accident. Take the mean of the weights of a row:

# %%
show("spread_weights.mean#definition")

# %% [markdown]
# Rows with the same mean answer the white image alike. What they pay beyond it is how much they
# vary:

# %%
show("spread_weights.norm#spread")

# %%
show("spread_weights.extra#not-negative")

# %% [markdown]
# The complete objective. The number $\lambda\ge 0$ says how much the penalty counts. The bias is
# not penalised, a convention that the source shares.

# %%
show("parameter_shift.J2#definition", tag="3.24")

# %% [markdown]
# Now the shift of the weights costs something. The penalty grows like $K\sum_d v_d^2$, so among all
# shifts there is one best, the one where each column of `w` adds up to 0.

# %%
show("parameter_shift.penalised#moves")

# %% [markdown]
# But the source introduces the penalty to make the pair $(W,\vec b)$ unique, and that is too much
# said. It does so for the weights only. The shift of the bias is as free as before,

# %%
show("parameter_shift.bias#same")

# %% [markdown]
# and the objective is flat along it, for every $\lambda$:

# %%
show("parameter_shift.flat#zero")

# %% [markdown]
# Who wants one answer adds a rule such as $\sum_k b_k=0$. Section 9 shows that gradient descent
# keeps it by itself if it starts there.
#
# ### The gradient of the penalty
#
# The first gradient of this page, and the easiest. By hand: $\frac\lambda2 w^2$ has the derivative
# $\lambda w$, which is what the 1/2 is for.

# %%
show("l2_penalty.E#definition")

# %%
show("l2_penalty.dw#power")

# %% [markdown]
# Of the double sum, one term contains `w[k,d]`.

# %%
show("l2_penalty.dw#sift")

# %% [markdown]
# The op multiplies that with `dE`, the gradient that arrives from the steps after it. For a last
# step it is 1.

# %%
show("l2_penalty.dw#conclusion")

# %% [markdown]
# **The SymPy cell.** The op runs on symbols, SymPy differentiates one entry, and nothing is left.

# %%
w, (strength,) = symbols("w", 2, 3), symbols("strength", 1)
penalty, backward = l2_penalty(w, strength)
by_sympy = sympy.diff(penalty.expression, w[1, 2].expression)
print(by_sympy, "  difference:", by_sympy - backward(1)[0][1, 2].expression)

# %% [markdown]
# Break it: forget $\lambda$ in the gradient, and the checker names the entry.


# %%
def no_strength(w, strength):
    penalty, _ = l2_penalty(w, strength)
    return penalty, lambda dE: (w * dE,)


expect(Broken, lambda: tie(replace(L2_PENALTY, forward=no_strength), L2_PENALTY.cases[0]))

# %% [markdown]
# ## 7. The landscape of the loss
#
# We look for the lowest place of a landscape over 650 dimensions:

# %% [markdown] tags=["definition"]
# $$w^\star, b^\star = \arg\min_{w,b} J(w, b), \tag{3.25}$$
#
# or, with all parameters in one long vector $\theta$ of $KD+K$ numbers,
#
# $$\min_\theta J(\theta). \tag{3.26}$$

# %% [markdown]
# Nobody can see 650 dimensions. But one can cut a slice: start at random weights, choose two random
# directions, and draw the loss over the plane that they span. This is the loss of all 1,437 digits.

# %%
rng = np.random.default_rng(0)
start, *directions = 0.01 * rng.standard_normal((3, 10, 64))
steps = np.linspace(-100, 100, 21)
slices = [[start + c0 * directions[0] + c1 * directions[1] for c1 in steps] for c0 in steps]
J = [[cross_entropy(x_train @ w.T, labels)[0] for w in row] for row in slices]
loss_slice(steps, steps, J)

# %% [markdown]
# A bowl, in this slice and in every other (section 16). Of course random directions say little
# about where the bottom is. How do we get there?
#
# ## 8. Downhill: which way?
#
# You stand on the slope in fog and may take one short step of length $\eta$ (eta). Which direction
# $v$ takes you down most?

# %% [markdown] tags=["definition"]
# $$\min_{\|v\|=1} J(\theta+\eta v), \tag{3.27}$$
#
# $$v^\star = \arg\min_{\|v\|=1} J(\theta+\eta v). \tag{3.28}$$

# %% [markdown]
# Numbers first. Let the gradient (梯度) be $\nabla J=(3,4)$; its length is 5. A short step changes
# $J$ by about $\eta\,v\cdot\nabla J$. Turn $v$ once around:

# %%
angles = np.linspace(0, 360, 181)
v = np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1)
lowest = {"v = -(3/5, 4/5)": (180 + np.degrees(np.arctan2(4, 3)), -5)}
curves(angles, {"slope": v @ [3, 4]}, "direction of v in degrees", "v · gradient", lowest)

# %% [markdown]
# A cosine. It is lowest, -5, exactly opposite to the gradient. The general argument takes the
# gradient apart into its length $\|\nabla J\|$ and its direction `u`, a vector of length 1. That is
# possible only if the gradient is not zero, a condition that the source does not mention.

# %%
show("steepest_descent.g#definition")

# %%
show("steepest_descent.cosine#definition")

# %% [markdown]
# An inner product is the product of the lengths and the cosine of the angle, for a vector of any
# length `a`,

# %%
show("steepest_descent.angle#product", tag="3.30")

# %% [markdown]
# and so for a direction, whose length is 1:

# %%
show("steepest_descent.unit#product")

# %% [markdown]
# Now the direction. For a short step, replace $J$ by its tangent plane (Taylor's formula to first
# order, an assumption that the line carries as a tag).

# %%
show("steepest_descent.direction#start", tag="3.29")

# %%
show("steepest_descent.direction#angle", tag="3.31")

# %% [markdown]
# What does not depend on `v` may go: first the height,

# %%
show("steepest_descent.direction#constant")

# %% [markdown]
# then the positive factor.

# %%
show("steepest_descent.direction#cosine", tag="3.32")

# %% [markdown]
# How small can a cosine get? One plus it is half a sum of squares,

# %%
show("steepest_descent.gap#square")

# %%
show("steepest_descent.bound#not-negative")

# %% [markdown]
# so at least -1, and -1 only where all the squares are 0, at $v=-u$. That is the answer:

# %%
show("steepest_descent.opposite#definition", tag="3.33")

# %%
show("steepest_descent.best#value")

# %%
show("steepest_descent.length#one")

# %% [markdown]
# At a stationary point, where the gradient is 0, there is no such direction:

# %%
gradient = np.zeros(2)
with np.errstate(invalid="ignore"):
    print(-gradient / np.linalg.norm(gradient))

# %% [markdown]
# How long should the step be? A step of fixed length $\eta$,

# %%
show("steepest_descent.step#definition", tag="3.34")

# %% [markdown]
# moves by $\eta$ even when we are nearly there. Better long steps first and short ones later:
# $\eta=\alpha\|\nabla J\|$. Then (3.35) the length cancels, and what is left is *gradient descent*
# (梯度下降), with the *learning rate* (学习速率) $\alpha$. This form needs no condition; at a stationary
# point it stays where it is.

# %%
show("steepest_descent.update#gradient", tag="3.36")

# %%
show("steepest_descent.steplength#eta")

# %% [markdown]
# One warning. The source says that each step goes where the bottom is reached fastest. Steepest
# here is not the way to the bottom there. In the long valley
# $J=\frac12(\theta_0^2+100\,\theta_1^2)$, at $(10, 1)$:

# %%
place = np.array([10.0, 1.0])
downhill, to_bottom = -place * [1, 100], -place
cosine = downhill @ to_bottom / np.linalg.norm(downhill) / np.linalg.norm(to_bottom)
print(f"{np.degrees(np.arccos(cosine)):.1f} degrees apart")

# %% [markdown]
# ### Too small, right, too large
#
# A gentler valley, $J=\frac12(\theta_0^2+10\,\theta_1^2)$, and three learning rates. Each step
# multiplies $\theta_0$ by $1-\alpha$ and $\theta_1$ by $1-10\alpha$. Which rates can work? Both
# factors must lie between -1 and 1: $0<\alpha<0.2$.


# %%
def descend(rate, start=(-3.5, 1.0), steps=25):
    factors = 1 - rate * np.array([1, 10])
    return np.array([factors**step * start for step in range(steps + 1)])


# %%
side = np.linspace(-4, 4, 61)
bowl = (side[:, None] ** 2 + 10 * side**2) / 2
names = {"too small": 0.01, "right": 0.15, "too large": 0.205}
paths = {f"{name}, α = {rate}": descend(rate) for name, rate in names.items()}
paths_on_contours(side, side, bowl, paths)

# %% [markdown]
# The circle is the start, the star the end. Too small: it creeps. Too large: it jumps from wall to
# wall, higher each time.
#
# ## 9. The gradient of the scores
#
# So we need the gradient of the loss. Start where the loss is near: at the scores. If the score of
# class `k` grew a little, how would the loss of this sample change?
#
# Numbers first. The probabilities are (0.6, 0.3, 0.1), the right class is 1. Then the answer is
# $(0.6, 0.3, 0.1)-(0, 1, 0) = (0.6, -0.7, 0.1)$. Probabilities minus label, that is all. Does the
# code agree?

# %%
s, t = np.log([[6.0, 3.0, 1.0]]), np.array([1])
loss, backward = cross_entropy(s, t)
(ds,) = backward(1)
print(ds.round(12))

# %%
push_bars(ds[0], label=1)

# %% [markdown]
# Every wrong class is pushed down by the probability that it took; the right one is pulled up by
# what it lacks. Why is it so simple? Here is the loss of one sample with its scores `s[k]` and its
# label `t`:

# %%
show("softmax_error.err#definition", tag="3.42")

# %%
show("softmax_error.loss#logsumexp", tag="3.43")

# %% [markdown]
# **A wrong class.** The factor in front is 1 for $k\ne t$ and 0 for $k=t$: the line speaks of wrong
# classes only. For them `s[t]` is another score, and only the logarithm counts.

# %%
show("softmax_error.wrong#label", tag="3.44")

# %% [markdown]
# Look at the indices. The sum runs over `k''`, not over `k`. As printed in the source, both are
# called $j$, and then the formula says something else. Our notation does not let us write it:

# %%
D = Derivation("as_printed_too")
(K,) = D.sizes("K")
(k,) = D.indices(k=K)
s = D.tensor("s", K)
expect(NotationError, lambda: D.chain("wrong", of=D.diff(D.log(D.Sum(k, D.exp(s[k]))), s[k])))

# %% [markdown]
# With the right letters: the derivative of a logarithm is one over it, and one term of the sum is
# left,

# %%
show("softmax_error.wrong#log", tag="3.45")

# %% [markdown]
# which is the probability of that class.

# %%
show("softmax_error.wrong#softmax")

# %% [markdown]
# **The right class.** Here the term `-s[t]` gives its -1.

# %%
show("softmax_error.right#log", tag="3.46")

# %%
show("softmax_error.right#softmax")

# %% [markdown]
# **All classes at once**, with the bracket as the one-hot vector $\vec e_y$ of the source:

# %%
show("softmax_error.ds#log", tag="3.47")

# %%
show("softmax_error.ds#softmax")

# %% [markdown]
# Pushes and pulls balance:

# %%
show("softmax_error.sum#zero")

# %% [markdown]
# ### The op `cross_entropy`
#
# It takes a batch and returns the mean (`reduction="sum"` would leave out the 1/N). The same
# argument, row by row:

# %%
show("cross_entropy.err#definition")

# %%
show("cross_entropy.E#definition")

# %%
show("cross_entropy.ds#row")

# %%
show("cross_entropy.ds#log")

# %%
show("cross_entropy.ds#softmax")

# %%
show("cross_entropy.ds#conclusion")

# %%
show("cross_entropy.rowsum#zero")

# %% [markdown]
# **The SymPy cell**, for two samples with the labels 2 and 0:

# %%
s = symbols("s", 2, 3)
loss, backward = cross_entropy(s, np.array([2, 0]))
by_sympy = sympy.diff(loss.expression, s[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(1)[0][0, 1].expression))

# %% [markdown]
# Break it: return the probabilities and forget to subtract the label.


# %%
def no_label(s, t, reduction="mean"):
    loss, _ = cross_entropy(s, t)
    return loss, lambda dE: (softmax(s)[0] / len(s) * dE,)


expect(Broken, lambda: tie(replace(CROSS_ENTROPY, forward=no_label), CROSS_ENTROPY.cases[0]))

# %% [markdown]
# ### Probabilities as targets
#
# A target may also be a probability for each class, `t[n,k]`: a label that one is not sure of. A
# one-hot row is the special case of a sure one.

# %%
show("cross_entropy[probabilities].err#definition")

# %%
show("cross_entropy[probabilities].E#definition")

# %%
show("cross_entropy[probabilities].ds#row")

# %% [markdown]
# The derivative of each summand is known by now,

# %%
show("cross_entropy[probabilities].ds#log")

# %%
show("cross_entropy[probabilities].ds#sift")

# %% [markdown]
# and the targets of a sample add up to 1.

# %%
show("cross_entropy[probabilities].ds#one")

# %%
show("cross_entropy[probabilities].ds#conclusion")

# %%
t = np.array([[Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]])
loss, backward = cross_entropy(s[:1], t)
by_sympy = sympy.diff(loss.expression, s[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(1)[0][0, 1].expression))

# %% [markdown]
# ### Softmax and log-softmax by themselves
#
# Cross-entropy takes the scores, not the probabilities, and its gradient is a subtraction. What if
# the softmax is followed by something else? Then we need its whole table of derivatives (the
# Jacobian): how does probability `k` change with score `k'`?

# %%
show("softmax.jacobian#quotient")

# %%
show("softmax.jacobian#product")

# %% [markdown]
# For (0.6, 0.3, 0.1): the first row is $0.6\cdot(1-0.6,\,-0.3,\,-0.1)=(0.24,-0.18,-0.06)$. What one
# class wins, the others lose.
#
# If `dp` says how much each probability matters later, the chain rule adds up over `k`:

# %%
show("softmax.E#definition")

# %%
show("softmax.ds#rows")

# %%
show("softmax.ds#jacobian")

# %%
show("softmax.ds#sift")

# %%
show("softmax.ds#conclusion")

# %%
s, dp = symbols("s", 1, 3), symbols("dp", 1, 3)
p, backward = softmax(s)
by_sympy = sympy.diff((dp * p).sum().expression, s[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(dp)[0][0, 1].expression))

# %% [markdown]
# A slip found in public code is to keep only the diagonal, $p_k(1-p_k)$:


# %%
def only_diagonal(s):
    p, _ = softmax(s)
    return p, lambda dp: (dp * p * (1 - p),)


two_classes = ({"N": 1, "K": 2},)
expect(
    Broken,
    lambda: tie(replace(SOFTMAX, forward=only_diagonal, sizes=two_classes), SOFTMAX.cases[0]),
)

# %% [markdown]
# With the logarithm the table is simpler:

# %%
show("log_softmax.jacobian#log")

# %%
show("log_softmax.jacobian#softmax")

# %%
show("log_softmax.E#definition")

# %%
show("log_softmax.ds#jacobian")

# %%
show("log_softmax.ds#sift")

# %%
show("log_softmax.ds#conclusion")

# %%
s, dy = symbols("s", 1, 3), symbols("dy", 1, 3)
y, backward = log_softmax(s)
by_sympy = sympy.diff((dy * y).sum().expression, s[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[0][0, 1].expression))

# %% [markdown]
# ### What stays the same
#
# Since the pushes of a sample add up to 0, so do the gradients over the classes, of the weights

# %%
show("conserved_sums.weights#gradient")

# %%
show("conserved_sums.weights#zero")

# %% [markdown]
# and of the biases:

# %%
show("conserved_sums.bias#gradient")

# %%
show("conserved_sums.bias#zero")

# %% [markdown]
# So gradient descent without penalty never changes the column sums of `w` or the sum of `b`. It
# moves across the valley of section 6, never along it. On ten training steps, up to rounding:

# %%
model, rng = softmax_regression(), np.random.default_rng(0)
before = model.init(rng, np.float64)
after = fit(
    model, images, labels, optimiser=SGD(0.5), epochs=1, batch_size=144, rng=rng, params=before
)
drift = after.params[1]["w"].sum(axis=0) - before[1]["w"].sum(axis=0)
measured(abs(drift).max(), 0, 1e-12, label="largest change of a column sum")

# %% [markdown]
# ## 10. The gradient of weights and bias
#
# The scores come from the weights, so the last step is the chain rule. For one sample with
# $\delta = p - e_t = (0.6, -0.7, 0.1)$ and the image $x=(2,1)$, what is the gradient of `w[0,0]`?
# That weight multiplies `x[0] = 2` and enters the score of class 0 only: $0.6\cdot 2 = 1.2$. And so
# on, a multiplication table:

# %%
outer_product(np.array([0.6, -0.7, 0.1]), np.array([2.0, 1.0]))

# %%
show("softmax_sample.delta#definition")

# %%
show("softmax_sample.dw#chain")

# %%
show("softmax_sample.dw#product")

# %% [markdown]
# One term of the sum is left. In matrix form this is the outer product $\delta x^\top$, in the
# shape of `w` (another of our sources writes $x\delta^\top$, in the shape of its transpose):

# %%
show("softmax_sample.dw#sift", tag="3.48")

# %% [markdown]
# The bias multiplies nothing, or rather 1.

# %%
show("softmax_sample.db#chain")

# %%
show("softmax_sample.db#sift", tag="3.49")

# %% [markdown]
# What does that look like for a real digit? Here is the gradient of one sample under an untrained
# model: ten copies of the image, each times its `delta`. A step *against* it takes the image away
# from nine templates and adds it to the right one.

# %%
_, gradient = loss_and_gradient(model, before, images[3:4], labels[3:4])
print("label", labels[3])
templates(gradient[1]["w"])

# %% [markdown]
# ### The op `affine`
#
# It does not know what comes after it. It gets `ds`, the gradient of whatever that is, and its
# three gradients are those of the pseudo-loss `E`, in which `ds` is constant.

# %%
show("affine.E#definition")

# %%
show("affine.dw#product")

# %%
show("affine.dw#sift")

# %%
show("affine.dw#conclusion")

# %% [markdown]
# In code `ds.T @ x`. **Its SymPy cell**, after the run on symbols:

# %%
x, w, b, ds = symbols("x", 2, 3), symbols("w", 2, 3), symbols("b", 2), symbols("ds", 2, 2)
s, backward = affine(x, w, b)
dx, dw, db = backward(ds)

# %%
by_sympy = sympy.diff((ds * s).sum().expression, w[0, 2].expression)
print(by_sympy, "  difference:", by_sympy - dw[0, 2].expression)

# %% [markdown]
# The bias: every sample adds its share.

# %%
show("affine.db#product")

# %%
show("affine.db#sift")

# %%
show("affine.db#conclusion")

# %%
by_sympy = sympy.diff((ds * s).sum().expression, b[1].expression)
print(by_sympy, "  difference:", by_sympy - db[1].expression)

# %% [markdown]
# The input has a gradient too. A single layer has no use for it, but as soon as another layer
# stands before it (chapter 02), everything passes through this formula:

# %%
show("affine.dx#product")

# %%
show("affine.dx#sift")

# %%
show("affine.dx#conclusion")

# %%
by_sympy = sympy.diff((ds * s).sum().expression, x[1, 0].expression)
print(by_sympy, "  difference:", by_sympy - dx[1, 0].expression)

# %% [markdown]
# Break it with the other layout. With as many classes as pixels no shape complains, but the checker
# does:


# %%
def other_layout(x, w, b):
    s, backward = affine(x, w, b)
    return s, lambda ds: (backward(ds)[0], x.T @ ds, backward(ds)[2])


expect(Broken, lambda: tie(replace(AFFINE, forward=other_layout), AFFINE.cases[0]))

# %% [markdown]
# ### The whole objective, and the update
#
# Mean over the samples, plus penalty:

# %%
show("softmax_batch.J#definition")

# %%
show("softmax_batch.objective#quotient", tag="3.23")

# %% [markdown]
# Its gradient is the mean of the gradients of the samples, plus $\lambda w$.

# %%
show("softmax_batch.dw#mean")

# %%
show("softmax_batch.delta#definition")

# %%
show("softmax_batch.dw#sample")

# %%
show("softmax_batch.db#mean")

# %%
show("softmax_batch.db#sample")

# %% [markdown]
# One step of gradient descent, for the weights and for the bias:

# %%
show("softmax_batch.gd_w#mean", tag="3.37")

# %%
show("softmax_batch.gd_b#mean", tag="3.38")

# %% [markdown]
# The last term, $-\alpha\lambda w$, shrinks each weight a little at each step: *weight decay*.
#
# Both updates use the gradient at the *old* parameters. Update `w` first and compute the gradient
# of `b` afterwards, and you get another point:

# %%
params = ({}, {"w": np.zeros((2, 1)), "b": np.zeros(2)})
small, x, t = softmax_regression(1, 2), np.array([[1.0], [3.0], [2.0]]), np.array([0, 1, 1])
_, old = loss_and_gradient(small, params, x, t)
_, new = loss_and_gradient(small, ({}, params[1] | {"w": -old[1]["w"]}), x, t)
print("b at once:", -old[1]["b"].round(3), " b after w:", -new[1]["b"].round(3))

# %% [markdown]
# ## 11. Numbers that computers can hold
#
# ### Shifted scores
#
# Softmax of three equal scores is (1/3, 1/3, 1/3), whatever the score. Written as it stands in
# section 4:

# %%
for score in (1.0, -1000.0, 1000.0):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(np.full(3, score))
        print(score, " exp:", e, " quotient:", e / e.sum())

# %% [markdown]
# `exp(-1000)` is smaller than any float and becomes 0, *underflow* (下溢), and the quotient is 0/0
# (6.3, 6.4). In float64 this begins below about -745. `exp(1000)` is too large and becomes `inf`,
# *overflow* (上溢), and the quotient is inf/inf (6.5, 6.6); that begins above about 709. The way out
# is the valley of section 6: a shift of the scores changes nothing, so choose a good one. In small
# steps:

# %%
show("softmax_shift.factor#definition", tag="6.7")

# %%
show("softmax_shift.factor#multiply", tag="6.8")

# %%
show("softmax_shift.factor#exponent", tag="6.9")

# %% [markdown]
# The logarithm of a positive number can be any number.

# %%
show("softmax_shift.shift#any", tag="6.10")

# %% [markdown]
# Choose minus the largest score of each row. Then the largest exponent is 0, so nothing overflows,
# and the denominator is at least 1.

# %%
show("softmax_shift.stable#max", tag="6.11")

# %%
print(softmax(np.full((1, 3), 1000.0))[0], softmax(np.full((1, 3), -1000.0))[0])

# %% [markdown]
# The source stops here. But a loss is wanted, and the logarithm of a probability that underflowed
# is still infinite. Scores (0, -1000), label 1: the true loss is 1000.

# %%
s, t = np.array([[0.0, -1000.0]]), np.array([1])
with np.errstate(divide="ignore"):
    print(
        "log of softmax:", -np.log(softmax(s)[0][0, 1]), " cross_entropy:", cross_entropy(s, t)[0]
    )

# %% [markdown]
# The op takes the largest score out of the logarithm before anything can underflow:

# %%
show("softmax_shift.err#definition")

# %%
show("softmax_shift.loss#max")

# %% [markdown]
# ### A difference that vanishes
#
# For the right class the gradient is $p_t-1$. When the model is nearly sure, $p_t$ is nearly 1, and
# the subtraction cancels its digits. But $p_t-1$ is also minus the sum of all *other*
# probabilities, and those are small numbers with all their digits. Two classes, the right one ahead
# by a growing lead:

# %%
for lead in (10.0, 30.0, 36.0, 40.0):
    s = np.array([[lead, 0.0]])
    textbook = (softmax(s)[0][0, 0] - 1).item()
    ours = cross_entropy(s, np.array([0]))[1](1)[0][0, 0].item()
    print(f"lead {lead:.0f}: p - 1 gives {textbook:.3e}, cross_entropy gives {ours:.3e}")

# %% [markdown]
# At 30 the third digit is gone, at 40 all of them: the textbook formula says that there is nothing
# left to learn. Ours is right to the last digits at every lead, since it never subtracts.
#
# ## 12. All samples, one sample, some samples
#
# The gradient of the mean needs all N samples for a single step. With millions of images that is
# slow. Would fewer do?
#
# *Stochastic gradient descent* (随机梯度下降, SGD) takes one sample, drawn at random, as if it were all
# of them. Its objective:

# %%
show("softmax_sample.J1#definition")

# %%
show("softmax_sample.sgd_w#step", tag="3.39")

# %%
show("softmax_sample.sgd_b#step", tag="3.40")

# %% [markdown]
# A single sample points somewhere else than the mean, but not on average. Draw each sample with
# probability 1/N, and the expected gradient is the gradient: it is *unbiased* (无偏).

# %%
show("softmax_batch.unbiased#gradient")

# %% [markdown]
# *Mini-batches* (小批量) of m' samples, drawn without repetition, are as fair. The check by brute
# force: of six samples, all 15 batches of four.

# %%
six = [list(rows) for rows in combinations(range(6), 4)]
grads = [loss_and_gradient(model, before, images[rows], labels[rows])[1][1]["w"] for rows in six]
whole = loss_and_gradient(model, before, images[:6], labels[:6])[1][1]["w"]
print(
    len(six),
    "batches; mean gradient equals the gradient:",
    np.allclose(np.mean(grads, axis=0), whole),
)

# %% [markdown]
# Now race them, on a problem with two parameters, so that we can watch: is it a 3 or an 8? We look
# only at the brightness of the four central pixels, centred and scaled. By section 6 we may hold
# the parameters of the 3 at zero; what is learnt are bias and weight of the 8.

# %%
rows = np.isin(labels, (3, 8))
bright, eight = images[rows, 0, 3:5, 3:5].mean(axis=(1, 2)), (labels[rows] == 8).astype(int)
bright = ((bright - bright.mean()) / bright.std())[:, None]
print(len(bright), "images")


# %%
def parameters(c):
    return ({}, {"b": np.array([0, c[0]]), "w": np.array([[0], [c[1]]])})


def race(size, passes=10, rate=1.0):
    path, rng = [np.array([-2.0, -1.0])], np.random.default_rng(1)
    for _ in range(passes):
        for rows in batches(len(bright), size, rng):
            here = parameters(path[-1])
            _, (_, gradient) = loss_and_gradient(small, here, bright[rows], eight[rows])
            path.append(path[-1] - rate * np.array([gradient["b"][1], gradient["w"][1, 0]]))
    return np.array(path)


# %%
side = np.linspace(-3, 4, 36)
J = [[loss_and_gradient(small, parameters((b, w)), bright, eight)[0] for w in side] for b in side]
races = {"all 299": race(299), "mini-batch of 20": race(20), "one": race(1)}
paths_on_contours(side, side, J, {name: path[:151] for name, path in races.items()})

# %% [markdown]
# Direction 0 is the bias, direction 1 the weight. All three looked ten times at each image, which
# buys 10 steps, 150 steps or 2,990 steps (the first 150 are drawn). Ten full steps go straight and
# have not arrived. Mini-batches arrive within one pass and stay. Single samples are near the bottom
# after a handful of steps, and stagger about it from then on. The loss over all images, before the
# start and after each pass:


# %%
def after_each_pass(path):
    points = path[:: len(path) // 10]
    return [loss_and_gradient(small, parameters(c), bright, eight)[0] for c in points]


histories(
    {name: after_each_pass(path) for name, path in races.items()},
    xlabel="1 = start, 2 = after one pass, ...",
)

# %% [markdown]
# "SGD usually converges faster", says the source. Per image seen and at the beginning, yes. But
# with a constant learning rate it never settles. The smallest example: samples -1 and 1, each with
# the loss $\frac12(\theta-x)^2$, mean minimal at 0. Full gradient descent with $\alpha=1$ is there
# after one step. SGD with $\alpha=\frac12$ keeps the variance $\alpha/(2-\alpha)=\frac13$ for ever:

# %%
theta, seen = 0.0, []
for sample in np.random.default_rng(0).choice([-1.0, 1.0], size=20000):
    theta -= 0.5 * (theta - sample)
    seen.append(theta)
measured(np.var(seen), 0.31, 0.36, label="variance")

# %% [markdown]
# That noise has its uses: it can shake parameters out of a poor local minimum (this page has none,
# section 16) and lets them follow data that change. In practice mini-batches are used. They share
# the virtues of SGD, and a computer multiplies one matrix by another much faster than row by row.
# From here on N may also mean the size of a batch.
#
# ## 13. Algorithm 1
#
# Everything is there. The source's Algorithm 1, line by line, and where it lives:
#
# | step | in the source | here |
# |---|---|---|
# | start | $W\sim N(0, 0.01^2)$, $\vec b=\vec 0$ | `Affine.init` |
# | draw a batch | $\{(\vec x^{(i)}, y^{(i)})\}$ | `batches`, each sample once per epoch (轮) |
# | scores | $W\vec x+\vec b$ | `affine`, in `model.apply` |
# | loss and its gradient | 3.42, 3.47 | `cross_entropy` and its `backward` |
# | gradients of the parameters | 3.48, 3.49 and the mean | the `backward` of `affine` |
# | penalty | 3.24 | `l2_penalty` |
# | update, at once | 3.37, 3.38 | `SGD.update` |
#
# The core, as it runs:

# %%
print(inspect.getsource(loss_and_gradient))

# %% [markdown]
# `fit` calls it for each batch and then `SGD.update`, which is one line for all parameters:

# %%
print(inspect.getsource(SGD.update))

# %% [markdown]
# Was the composition checked, too? Of each op, the formulas are proven for all sizes and the code
# is tied to them entry by entry; the chain rule that composes ops is the one of section 10. Here is
# one more look: the whole model on symbols, one entry against SymPy.

# %%
w, b, x = symbols("w", 2, 2), symbols("b", 2), symbols("x", 2, 2)
model_2 = softmax_regression(2, 2)
loss, (_, gradient) = loss_and_gradient(model_2, ({}, {"w": w, "b": b}), x, np.array([1, 0]))
by_sympy = sympy.diff(loss.expression, w[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - gradient["w"][0, 1].expression))

# %% [markdown]
# ## 14. Training on the digits
#
# 1,437 digits to learn from, 30 epochs, batches of 32.

# %%
settings = {"optimiser": SGD(0.5), "epochs": 30, "batch_size": 32, "l2": 1e-4}
run = fit(model, images, labels, rng=np.random.default_rng(0), **settings)
measured(run.history[-1].loss, 0.10, 0.18, label="loss in the last epoch")
measured(run.history[-1].train_accuracy, 0.97, 0.99, label="training accuracy")

# %% tags=["loose-figure"]
histories({"loss of each batch": run.history[0].step_losses + run.history[1].step_losses})

# %% [markdown]
# These are the first two epochs. The first value is $\log 10\approx 2.3$: all classes alike. And
# what was learnt? Each row of weights is a template: red pixels speak for the class, blue ones
# against it.

# %% tags=["loose-figure"]
templates(run.params[1]["w"])

# %% [markdown]
# Look at the 0. It wants a ring and *no ink in the middle*. The mean images of section 2 could not
# say "no"; a learnt template can.
#
# What of the learning rate? The real loss, every step with all samples:


# %% tags=["loose-figure"]
def losses_at(rate):
    whole = {"epochs": 30, "batch_size": len(images), "rng": np.random.default_rng(0)}
    return [e.loss for e in fit(model, images, labels, optimiser=SGD(rate), **whole).history]


histories({f"α = {rate}": losses_at(rate) for rate in (0.02, 2, 12)}, log=True)

# %% [markdown]
# Too small: nothing moves. Too large: the loss first climbs to several times what it was, before it
# finds a way down.
#
# ### Does the penalty help?
#
# It is said to help with new images (泛化, generalisation). With these clean digits there is little
# to help with. Make it harder: only 200 training digits, and 60 of them with a label drawn at
# random. Five such sets, and three strengths.


# %%
def train_on_noise(strength, seed):
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(labels))[:200]
    noisy = np.concatenate([rng.integers(10, size=60), labels[rows[60:]]])
    settings = {"epochs": 200, "batch_size": 200, "rng": rng, "l2": strength}
    return fit(model, images[rows], noisy, optimiser=SGD(0.5), **settings).params


# %%
learnt = {
    strength: [train_on_noise(strength, seed) for seed in range(5)] for strength in (0, 0.03, 0.3)
}
right = {}
bands = {0: (0.79, 0.89), 0.03: (0.83, 0.91), 0.3: (0.4, 0.75)}
for strength, five in learnt.items():
    each = [accuracy(predict(model, params, digits.x_test), digits.t_test) for params in five]
    right[strength] = np.mean(each)
    measured(right[strength], *bands[strength], label=f"λ = {strength}: test accuracy")
measured(right[0.03] - right[0], 0.005, 0.06, label="what the right strength gains")

# %% [markdown]
# Without a penalty the model bends itself to the wrong labels. With too much of it, it can hardly
# say anything. The template of the 3, from no penalty to too much, on one scale of colours:

# %% tags=["loose-figure"]
templates(
    np.stack([five[0][1]["w"][3] for five in learnt.values()]), [f"λ = {each}" for each in learnt]
)

# %% [markdown]
# ## 15. Prediction and evaluation

# %% [markdown] tags=["definition"]
# The *prediction* (预测) for an image is the class of its largest score,
#
# $$\hat t = \arg\max_k s_k, \tag{3.50}$$
#
# and for a test set that was not used for training,
#
# $$\mathcal D_{\text{test}} = \{(x_n, t_n)\}_{n=0}^{N_{\text{test}}-1}, \tag{3.51}$$
#
# the *accuracy* (准确率) is the share of right predictions, with the bracket that is 1 for a true
# statement (3.53) and 0 for a false one (3.54):
#
# $$\mathrm{Acc} = \frac1{N_{\text{test}}}\sum_n\,[\hat t_n = t_n]. \tag{3.52}$$

# %% [markdown]
# Three of four right, by hand and by code:

# %%
accuracy(np.array([3, 1, 4, 1]), np.array([3, 1, 4, 4]))

# %% [markdown]
# It is 1 exactly if all are right. Softmax is not needed to predict, it keeps the order of the
# scores. On the 360 test digits:

# %%
predicted = predict(model, run.params, digits.x_test)
measured(accuracy(predicted, digits.t_test), 0.96, 0.99, label="test accuracy")

# %% tags=["loose-figure"]
counts = np.zeros((10, 10), int)
np.add.at(counts, (digits.t_test, predicted), 1)
confusion(counts)

# %% [markdown]
# From 90 % for ten means to about 98 %, with the same form and the same number of parameters. Some
# of the mistakes:

# %% tags=["loose-figure"]
wrong = np.flatnonzero(predicted != digits.t_test)[:5]
titles = [f"a {digits.t_test[n]},\ntaken for {predicted[n]}" for n in wrong]
image_grid(digits.x_test[wrong], titles)

# %% [markdown]
# Would you have read them all? And how sure was the model of the first one?

# %% tags=["loose-figure"]
scores, _ = model.apply(run.params, digits.x_test[wrong[:1]])
probability_bars(softmax(scores)[0][0], label=digits.t_test[wrong[0]])

# %% [markdown]
# ## 16. What a linear model can and cannot do
#
# ### The bowl has no second bottom
#
# Section 7 showed a bowl. Is it one everywhere? A function is *convex* (凸) if its second derivative
# along every direction is at least 0. For the loss of one sample, as a function of its scores, the
# second derivatives are those of the first ones:

# %%
show("softmax_convexity.hessian#first")

# %%
show("softmax_convexity.hessian#second")

# %% [markdown]
# Along a direction `v` of the scores this becomes a variance, that of the numbers `v[k]` drawn with
# the probabilities `p[k]`,

# %%
show("softmax_convexity.form#variance")

# %% [markdown]
# or a sum over pairs of classes,

# %%
show("softmax_convexity.form#squares")

# %% [markdown]
# and that is never negative.

# %%
show("softmax_convexity.convex#not-negative")

# %% [markdown]
# The scores, in turn, are *affine* in the parameters: along any straight line of parameters, in any
# direction `v`, `a`, their second derivative is 0. An affine map before a
# convex function keeps it convex; a mean of convex functions and a squared norm are convex. So $J$
# is convex in `w` and `b`.

# %%
show("linear_boundary.moved_w#definition")

# %%
show("linear_boundary.moved_b#definition")

# %%
show("linear_boundary.affine#zero")

# %% [markdown]
# What this means: on the straight line between any two points, the loss stays below its chord. From
# an untrained model to the trained one, and as far again:


# %% tags=["loose-figure"]
def mixed(h):
    return tuple(
        {a: (1 - h) * p[a] + h * q[a] for a in p} for p, q in zip(before, run.params, strict=True)
    )


h = np.linspace(0, 2, 41)
line = np.array([loss_and_gradient(model, mixed(each), images, labels)[0] for each in h])
chord = line[0] + h / 2 * (line[-1] - line[0])
curves(h, {"loss": line, "chord": chord}, "0 = untrained, 1 = trained", "loss")

# %% [markdown]
# In a bowl, every place with gradient 0 is a lowest one, and gradient descent with a suitable rate
# goes to the lowest *value*, from every start. The source says a little more: that the same optimum
# is always reached. That needs two conditions. The parameters may differ by the shifts of section
# 6; with a penalty, the square, which is strictly convex, makes at least `w` unique. And there must
# be an optimum. With a penalty and every class in the data there is one. Without, two samples of
# different classes have none: the weights grow for ever, ever more slowly.

# %%
x, t, params = np.array([[-1.0], [1.0]]), np.array([0, 1]), small.init(np.random.default_rng(0))
for steps, band in {30: (3.5, 4.7), 300: (5.8, 7.0), 3000: (8.1, 9.3)}.items():
    grown = fit(small, x, t, optimiser=SGD(1.0), epochs=steps, batch_size=2, rng=rng, params=params)
    gap = grown.params[1]["w"][1, 0] - grown.params[1]["w"][0, 0]
    measured(gap, *band, label=f"gap of the weights after {steps} steps")

# %% [markdown]
# ### The borders are straight
#
# Where are two classes equally probable? Where the logarithm of the quotient is 0. It is an affine
# function of the image,

# %%
show("linear_boundary.odds#scores")

# %%
show("linear_boundary.odds#hyperplane")

# %% [markdown]
# so the border is a line in two dimensions, a plane in three, a hyperplane (超平面) in 64. And if one
# class leads another at two images, it leads at every image between them: its region is convex.

# %%
show("linear_boundary.between#definition")

# %%
show("linear_boundary.region#mean")

# %% [markdown]
# ### Where that is not enough
#
# Is the digit odd or even? Who can read it can tell. But now one plane has to separate two heaps of
# five classes each, and even on the training images ours does not.

# %%
two, settings = softmax_regression(64, 2), {"epochs": 60, "batch_size": 32}
parity = fit(two, images, labels % 2, optimiser=SGD(0.5), rng=np.random.default_rng(0), **settings)
even_or_odd = predict(two, parity.params, digits.x_test)
measured(accuracy(even_or_odd, digits.t_test % 2), 0.85, 0.94, label="odd or even, test accuracy")
measured(parity.history[-1].train_accuracy, 0.9, 0.96, label="odd or even, training accuracy")

# %% [markdown]
# The smallest case of all: four images of two pixels, class 1 if exactly one of them is bright
# (*exclusive or*, XOR). Start at zero:

# %%
x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
zero = ({}, {"w": np.zeros((2, 2)), "b": np.zeros(2)})
loss, (_, gradient) = loss_and_gradient(model_2, zero, x, t)
print(gradient["w"].tolist(), gradient["b"].tolist(), f"loss {loss:.4f}, log 2 = {np.log(2):.4f}")

# %% [markdown]
# The gradient is exactly 0. The loss is convex. So this is the best that any linear model can do:
# probability 1/2 for everything. To get further, the *input* of the linear model must be learnt,
# too. That is chapter 02.
#
# ## 17. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** Scores $(\log 2, \log 2, \log 4)$, label 2. Probabilities, loss, gradient of the scores?
#
# <details><summary>Solution</summary>
#
# The exponentials are 2, 2, 4, their sum is 8: probabilities (1/4, 1/4, 1/2). Loss
# $-\log\frac12=\log 2$. Gradient (1/4, 1/4, -1/2), which adds up to 0.
# </details>

# %% [markdown]
# **b.** With two classes, show that `p[1]` is a function of the difference of the scores only.
# Which one?
#
# <details><summary>Solution</summary>
#
# Shift both scores by `-s[1]`: $p_1 = 1/(1+e^{-(s_1-s_0)})$, the logistic or sigmoid function.
# Chapter 02 meets it again.
# </details>

# %% [markdown]
# **c.** Multiply all scores by 10. What happens to the prediction, to the probabilities, to the
# loss of a wrong prediction?
#
# <details><summary>Solution</summary>
#
# The order of the scores stays, so does the prediction. The probabilities move towards 0 and 1. A
# wrong prediction costs more: the loss is at least the lead of the wrong class, and that is ten
# times as large.
# </details>

# %% [markdown]
# **d.** Somebody forgets the 1/N of the mean in the gradient of `cross_entropy`. Write it as in
# section 9. Which entry does the checker name, and at which sizes would nobody notice?
#
# <details><summary>Solution</summary>
#
# ```python
# def no_mean(s, t, reduction="mean"):
#     loss, _ = cross_entropy(s, t)
#     return loss, cross_entropy(s, t, reduction="sum")[1]
#
#
# expect(Broken, lambda: tie(replace(CROSS_ENTROPY, forward=no_mean), CROSS_ENTROPY.cases[0]))
# ```
#
# It names `no_mean.ds[0, 0]`, with two samples. With a single sample, N = 1, it passes.
# </details>

# %% [markdown]
# **e.** Train with `reduction="sum"` instead of the mean, that is
# `loss=partial(cross_entropy, reduction="sum")` from `functools`. Which learning rate gives the
# same first step, for batches of 32 and no penalty?
#
# <details><summary>Solution</summary>
#
# The gradient is 32 times as large, so the rate must be divided by 32. With a penalty the strength
# would have to change, too: the loss is a sum now, the penalty is not.
# </details>

# %% [markdown]
# **f.** Paint the ten templates of section 14 over: add the same picture to all of them. Does any
# prediction change? Does the penalty?
#
# <details><summary>Solution</summary>
#
# No prediction and no probability changes (section 6). The penalty does, unless the picture is
# zero: the learnt templates add up to about nothing, and every common picture makes them longer.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016: chapter 3, all
# equations 3.1 to 3.54; section 6.1, equations 6.1 to 6.11; section 4.1.1. Prose, code, numbers and
# pictures here are our own.
# - J. Bouvrie, *Notes on convolutional neural networks*, 2006, writes the weight gradient as
# $x\delta^\top$ and sums the loss over the samples; this course and Zhang write $\delta x^\top$ and
# take the mean.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the source, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | 2.1 | 2,359,296 pixels | 786,432 pixels, three numbers each |
# | 3.2.2 | the largest product is the most similar | with equal lengths or the right bias (section 2) |
# | 3.20 | cross-entropy "(hinge loss)" | two different losses (section 5) |
# | 3.22 | $\sum W_{dj}$, the square lost by author or extraction | $\sum W_{dj}^2$ (section 6) |
# | 3.3.2 | $c>0$; the penalty makes $(W,\vec b)$ unique | any $c$; $W$ unique, $\vec b$ not (6) |
# | 3.4.1 | the step goes where the bottom is reached fastest | where it is steepest (section 8) |
# | 3.33 | $-\nabla J/\lVert\nabla J\rVert$ | for $\nabla J\ne 0$ (section 8) |
# | 3.44 | index $j$ both free and summed over | two letters (section 9) |
# | 3.4.2 | SGD usually converges faster | per image seen, at first (section 12) |
# | 4.1.1 | always reaches the global optimum | its value, if there is one (section 16) |
# | 6.1 | the shift makes softmax stable | and the loss needs it inside the logarithm (section 11) |
#
# Next: chapter 02, layers.
