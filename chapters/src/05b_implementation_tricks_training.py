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
# # Implementation tricks: training
#
# All gradients are there, and all are right. A network may still creep, or not learn at all, or learn its
# training set by heart. Against that, H. Zhang's text closes with two pages of recipes: RMSprop, dropout,
# centring, a start near zero, random crops. A recipe, one would think, leaves nothing to prove. But each
# has a formula inside, and some are told without the half that makes them work.
#
# **What you will do.** Follow six optimisers by hand, on one number. Find the one whose first step is ten
# times too long. Turn a picture by 45 degrees and watch two of them lose their lead. See a network of
# ten layers that is silent before it starts. Switch off units, and undo that. Take a test from 100 % to
# 0 % with one line that looks harmless. Read digits through five windows.
#
# **What you will learn.** *Momentum* (动量) in closed form, and Nesterov's version of it; *moving averages*
# (指数移动平均) and their *bias correction* (偏差修正); *adaptive learning rates* (自适应学习速率): Adagrad,
# RMSprop, Adam; *parameter initialisation* (参数初始化) and the variance that it has to keep; *dropout*
# (退出, 随机失活) and why it must be scaled; *mean subtraction* (去均值); *random crops* (随机裁剪), which
# are *data augmentation* (数据扩充).
#
# **What you need.** Sections 13 and 14 of chapter 02. One evening. (Page 05a is about numbers and speed;
# you do not need it here.)

# %%
# %matplotlib inline
import inspect
from dataclasses import replace
from fractions import Fraction
from itertools import product
from statistics import mean

import numpy as np
import sympy

# %%
from cnnmath import cross_entropy, dropout, relu, softmax
from cnnmath.course.figures_linear import curves
from cnnmath.course.figures_mlp import by_layer
from cnnmath.course.figures_optimisers import rate_curves, surface_paths
from cnnmath.course.figures_regularisation import accuracy_panels, five_windows
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.surfaces import BEND, VALLEY, tuned, turned
from cnnmath.course.sweeps import sweep
from cnnmath.course.symbolic import symbols

# %%
from cnnmath.data import center, five_crop, load_digits, random_crop
from cnnmath.nn import (
    SGD,
    Adagrad,
    Adam,
    Affine,
    Dropout,
    Flatten,
    Relu,
    RMSprop,
    Sequential,
    State,
    accuracy,
    fit,
    loss_and_gradient,
    mean_probabilities,
    mlp,
    predict,
    softmax_regression,
)

# %%
from cnnmath.nn.initialisation import variance_by_layer
from cnnmath.ops import DROPOUT
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import derivation

# %% [markdown]
# The letters, and two traps. In the source, `p` is the probability that a unit *stays*; torch's
# `Dropout(p)` *drops* with probability p. And torch calls RMSprop's beta "alpha", which is the rate here.
#
# | here | Zhang | torch | what |
# |---|---|---|---|
# | `theta` | $\theta_j$ | `p` | a parameter |
# | `g[t]` | $\partial J/\partial\theta_j$ | `grad` | its gradient in step t, from 0 |
# | `rate` ($\alpha$) | $\alpha$ | `lr` | learning rate |
# | `mu` | | `momentum` | how much of the velocity stays |
# | `beta`, `eps` | $\beta$, $\varepsilon$ | `alpha`, `eps` | memory of a moving average; a small number |
# | `v[t]` | $v_j$ | `square_avg` | what is remembered after t steps |
# | `keep` | $p$ | `1 - p` | probability that a unit is kept |
#
# ## 1. A sum over the past
#
# Chapter 02 met *momentum*: `v` becomes `mu v + g`, the parameter moves by `-rate v`. What is in `v` after
# many steps? By hand, with `mu = 1/2`, rate 1 and the gradients 1, 2, -1: `v` is $1$, then
# $\frac12+2=\frac52$, then $\frac54-1=\frac14$. The parameter goes from 0 to $-1$, $-\frac72$, $-\frac{15}4$.
# The program, on fractions:


# %%
def walk(rule, gradients, state=None, zero=0.0):
    """Where `rule` takes one parameter, from 0, if these are its gradients."""
    params, places = ({"theta": np.array([zero])},), []
    state = rule.init(params) if state is None else state
    for g in gradients:
        params, state = rule.update(({"theta": np.array([g])},), state, params)
        places.append(params[0]["theta"][0])
    return places


# %%
half, none = Fraction(1, 2), Fraction(0)
print(*walk(SGD(Fraction(1), half), [1, 2, -1], zero=none))

# %% [markdown]
# Look at the last `v` again: $\frac14=\frac14\cdot1+\frac12\cdot2+1\cdot(-1)$. Each gradient is still in it,
# and counts half as much with every step that it grows older. For any `mu` and any number of steps:

# %%
show("momentum_sum.v#definition")

# %%
show("momentum_sum.start#zero")

# %%
show("momentum_sum.step#recursion")

# %% [markdown]
# The formula starts where the program starts and takes the step that the program takes. So it *is* the
# program, after every number of steps: that is all of mathematical induction. If the gradient is the
# same `a` in all steps, write $v_t(a)$:

# %%
show("momentum_sum.constant#factor")

# %%
show("momentum_sum.constant#geometric")

# %% [markdown]
# For `mu = 0.9` that tends to 10 gradients. So momentum with the rate 0.01 goes, in the long run, as far as
# plain descent with the rate 0.1. Who compares the two at the same rate compares two rates. And it takes
# time to get going:

# %%
steps = -np.diff(walk(SGD(1.0, 0.9), [1] * 40), prepend=0)
print("length of steps 1, 2, 7, 22, 40:", *steps[[0, 1, 6, 21, 39]].round(2))

# %% [markdown]
# ### Nesterov looks ahead
#
# The velocity says where the parameter is about to go. *Nesterov* (Nesterov 动量) asks for the gradient
# there, not here. In the form of Sutskever, with a velocity `u` that points downhill:

# %%
show("look_ahead.p#definition")

# %%
show("look_ahead.u1#definition")

# %%
show("look_ahead.theta1#definition")

# %% [markdown]
# There is a snag. The parameters are at $\theta$, and the gradient is wanted at $p$. A training loop computes
# gradients where the parameters are. So store $p$ *instead* of $\theta$, and rescale the velocity:

# %%
show("look_ahead.v#definition")

# %%
show("look_ahead.p1#definition")

# %%
show("look_ahead.v1#definition")

# %% [markdown]
# What happens to the stored numbers in one step? The velocity is that of plain momentum,

# %%
show("look_ahead.velocity#recursion")

# %% [markdown]
# and the parameters move by something slightly different from `v`:

# %%
show("look_ahead.update#ahead")

# %%
show("look_ahead.update#recursion")

# %% [markdown]
# That is the line in the program (and in torch). Theta and `u` have disappeared. On the bowl
# $J=\frac12\theta^2$, whose gradient is the parameter itself, both forms, from 8 with `mu = 1/2` and the
# rate 1/4:

# %%
theta, u, stored = Fraction(8), none, ({"p": np.array([Fraction(8)])},)
nesterov = SGD(Fraction(1, 4), half, nesterov=True)
state = nesterov.init(stored)
for _ in range(3):
    u = half * u - (theta + half * u) / 4
    theta += u
    stored, state = nesterov.update(stored, state, stored)  # here the gradient is p
    print("theta + mu u =", theta + half * u, "  stored:", stored[0]["p"][0])

# %% [markdown]
# **Break it.** If the `mu` in front of the new velocity is forgotten, the checker has a counterexample:

# %%
D = Derivation("mu_forgotten")
p, g, v = D.scalar("p"), D.scalar("g"), D.scalar("v")
mu, rate = D.fraction(1, 2), D.scalar("rate")
right, forgotten = p - rate * (g + mu * (mu * v + g)), p - rate * (g + (mu * v + g))
expect(Refuted, lambda: D.claim("ahead", right, forgotten, because="a slip"))

# %% [markdown]
# ## 2. Averages that begin at zero
#
# Two of the rules below remember a *moving average*: `m` becomes `beta m + (1 - beta) a`, with the newest
# value `a`. By hand, `beta = 1/2`, from `m = 0`, and the value is 4 every time: `m` is 2, 3, 3.5. The
# average of 4, 4 and 4 is 3.5?
#
# The zero at the start is counted as if it had been a value. How much does it count?

# %%
show("moving_average.m#definition")

# %%
show("moving_average.start#zero")

# %%
show("moving_average.step#recursion")

# %% [markdown]
# The weights are $(1-\beta)\beta^k$ for a value that is k steps old. An average should have weights of sum 1:

# %%
show("moving_average.weights#geometric")

# %%
show("moving_average.weights#sum")

# %% [markdown]
# The rest, $\beta^t$, belongs to the zero. With `beta = 0.999`, which is common, that is 99 % after ten steps
# and still 37 % after a thousand. Divide by what is there:

# %%
show("moving_average.corrected#definition")

# %% [markdown]
# If the value is the same `e` each time, as 4 in our example, the zero is gone with that. Without the
# correction and with it:

# %%
show("moving_average.constant#share")

# %%
show("moving_average.unbiased#exact")

# %%
show("moving_average.first#value")

# %% [markdown]
# And indeed, $2/\frac12$, $3/\frac34$, $3.5/\frac78$ are all 4.
#
# ### When values are random
#
# Gradients of batches are random. Then one asks for the *expectation* (期望), a mean over everything that
# might happen. Call the outcomes `o` and their probabilities `q[0,o]`:

# %%
show("expected_average.v#definition")

# %%
show("expected_average.each#definition")

# %%
show("expected_average.expectation#linear")

# %% [markdown]
# So far nothing is assumed. Now put the same expectation `e` in for every step:

# %%
show("expected_average.stationary#weights")

# %%
show("expected_average.stationary#geometric")

# %%
show("expected_average.stationary#share")

# %%
show("expected_average.corrected#unbiased")

# %% [markdown]
# "Assumed: stationary" is printed under these lines because the correction is exact only then (平稳). While a
# network learns, gradients shrink. Values 1, 2, 3, 4 with `beta = 1/2`:

# %%
m = none
for a in (1, 2, 3, 4):
    m = half * m + half * a
print("average", m, " corrected", m / (1 - half**4), " newest value 4, plain mean", Fraction(10, 4))

# %% [markdown]
# The corrected average has weights of sum 1, as an average should. It is not the value of today: what it
# averages is, in the long run, $\beta/(1-\beta)$ steps old (999 steps with `beta = 0.999`). The correction
# repairs the start, not the delay.
#
# ## 3. A rate of its own for each parameter
#
# "Choosing the learning rate is hard", says the source, and would like to have one for every parameter,
# that finds itself. The idea: divide by how large the gradients of this parameter have been. Three rules
# differ in what "have been" means.
#
# ### Adagrad: all of the past
#
# Add up all squares, and divide by the root. By hand, rate 1, gradients 3, 4, 12: `v` is 9, 25, 169, the
# roots are 3, 5, 13, and the steps $\frac33$, $\frac45$, $\frac{12}{13}$.

# %%
print(-np.diff(walk(Adagrad(1.0), [3, 4, 12]), prepend=0).round(4), " 12/13 =", round(12 / 13, 4))

# %%
show("adagrad_sum.v#definition")

# %%
show("adagrad_sum.start#zero")

# %%
show("adagrad_sum.step#recursion")

# %%
show("adagrad_sum.growth#square")

# %%
show("adagrad_sum.falls#not-negative")

# %% [markdown]
# So the sum never falls, and the effective rate $\alpha/\sqrt v$ never grows. How fast does it fall? For a
# gradient that keeps its size `c`, after T steps:

# %%
show("adagrad_sum.constant#count")

# %%
show("adagrad_sum.rate#root")

# %% [markdown]
# With the root of the number of steps: after 100 steps it is a tenth. What was large long ago is never
# forgiven.
#
# ### RMSprop: the recent past
#
# Take a moving average of the squares instead of their sum:

# %%
show("rmsprop_step.after#definition", tag="6.22")

# %%
show("rmsprop_step.moved#definition", tag="6.23")

# %% [markdown]
# In the source, the gradient in 6.22 has the index `i` where everything else has `j`. A slip of a letter,
# but take it at its word, with the first parameter for `i`, and all parameters get the same rate:

# %%
D = Derivation("as_printed_6_22")
(size,) = D.sizes("D")
(d,) = D.indices(d=size)
before, g, beta = D.tensor("before", size), D.tensor("g", size), D.scalar("beta", positive=True)
own = beta * before[d] + (1 - beta) * g[d] ** 2
printed = beta * before[d] + (1 - beta) * g[0] ** 2
expect(Refuted, lambda: D.claim("average", own, printed, because="as printed"))

# %% [markdown]
# What the source says in words is right: a parameter whose gradients are persistently large gets a small
# rate, and vice versa. Put $c^2$ in for `v`, where `c` is the size of the gradient:

# %%
show("rmsprop_step.rate#size")

# %%
show("rmsprop_step.larger#difference")

# %%
show("rmsprop_step.falls#not-negative")

# %% [markdown]
# (`c` and `h` are positive here.) More is true. Measure the loss in other units, so that all gradients are
# `h` times as large, and the step does not notice:

# %%
show("rmsprop_step.scale#units")

# %% [markdown]
# Does `v` become the square? From `v = 0`, as everybody starts, though the source does not say so:

# %%
show("rmsprop_start.v#definition")

# %%
show("rmsprop_start.start#zero")

# %%
show("rmsprop_start.step#recursion")

# %% [markdown]
# It is the moving average of section 2, of squares. If the gradient keeps its size `c`:

# %%
show("rmsprop_start.constant#share")

# %%
show("rmsprop_start.gap#power")

# %% [markdown]
# It does, but from below, and slowly if beta is near 1. Now *divide* by the root of something that is too
# small. The first step, compared with what it should be:

# %%
show("rmsprop_start.first#rate")

# %% [markdown]
# The root of $1/(1-\beta)$, whatever the gradient is. For the three betas that the source recommends:

# %%
for beta in (0.9, 0.99, 0.999):
    lengths = [-walk(RMSprop(1.0, beta), [g])[0] for g in (0.1, 1000)]
    print(f"beta {beta}: the first step is {lengths[0]:.2f} times the rate, or {lengths[1]:.2f}")

# %% [markdown]
# By hand with a beta that suits: `beta = 3/4`, gradients 4, 2, 2. `v` is $\frac14\cdot16=4$, and stays at
# $\frac34\cdot4+\frac14\cdot4=4$. Steps 2, 1, 1:

# %%
print(-np.diff(walk(RMSprop(1.0, 0.75), [4, 2, 2]), prepend=0).round(4))

# %% [markdown]
# ### Where does epsilon stand?
#
# It is there for a gradient that has always been 0, where the rule would read 0/0. Source, torch and this
# package add it *outside* of the root. Inside, it would be another number: to $v=10^{-6}$ add the largest
# value that the source allows, $10^{-4}$.

# %%
v, eps = 1e-6, 1e-4
print(f"outside: {1e-3 / (np.sqrt(v) + eps):.3f}   inside: {1e-3 / np.sqrt(v + eps):.3f}  rates")

# %% [markdown]
# So a step that should have the length 1 has 0.9 or 0.1. Who copies settings from one program to
# another has to look at this.
#
# ### Adam: both averages, corrected
#
# Momentum averages gradients, RMSprop their squares. *Adam* does both and corrects both:

# %%
show("adam_step.m#definition")

# %%
show("adam_step.v#definition")

# %% [markdown]
# The program keeps them by the recursion of section 2, each with its own beta,

# %%
show("adam_step.mean#recursion")

# %%
show("adam_step.square#recursion")

# %% [markdown]
# and divides each by the sum of its weights:

# %%
show("adam_step.mhat#definition")

# %%
show("adam_step.vhat#definition")

# %% [markdown]
# In the first step the corrected averages are the gradient and its square:

# %%
show("adam_step.mhat_first#value")

# %%
show("adam_step.vhat_first#value")

# %% [markdown]
# If the gradient stays the same, `a`, that stays so:

# %%
show("adam_step.mhat_constant#value")

# %%
show("adam_step.vhat_constant#value")

# %% [markdown]
# How long is a step, then?

# %%
show("adam_step.step#definition")

# %% [markdown]
# With $\hat m=c$ and $\hat v=c^2$, for a positive `c`:

# %%
show("adam_step.length#quotient")

# %%
show("adam_step.length#rate")

# %%
show("adam_step.bound#not-negative")

# %% [markdown]
# The rate itself, hardly less, for a gradient of any size. That makes Adam's rate a *length*: how far a
# parameter moves while its gradient does not change its mind. And if it does? By hand: betas 1/2 and
# 3/4, gradients 1, -1, 1. All squares are 1, so $\hat v=1$. `m` is $\frac12$, $-\frac14$, $\frac38$, its
# weights add up to $\frac12$, $\frac34$, $\frac78$, and the steps are $1$, $-\frac13$, $\frac37$: the more
# a gradient contradicts itself, the shorter.

# %%
lengths = -np.diff(walk(Adam(1.0, (0.5, 0.75)), [1, -1, 1]), prepend=0)
print(lengths.round(4), " 3/7 =", round(3 / 7, 4))

# %% [markdown]
# The program, nothing left out:

# %%
print(inspect.getsource(Adam.update))

# %% [markdown]
# Run on letters, it says its own formula. One step, rate 1/3, epsilon 1/11:

# %%
p, g = symbols("p", 1), symbols("g", 1)
rule = Adam(Fraction(1, 3), (Fraction(3, 4), Fraction(8, 9)), Fraction(1, 11))
after, _ = rule.update(({"theta": g},), rule.init(({"theta": p},)), ({"theta": p},))
step = p[0].expression - after[0]["theta"][0].expression
size = sympy.Abs(g[0].expression)
print(step, "  difference:", sympy.simplify(step - g[0].expression / 3 / (size + sympy.S(1) / 11)))

# %% [markdown]
# (A test does that for all rules, three steps each, against the recursions of this page.)
#
# ### Adam without the correction
#
# **Break it.** The average without its correction is not what it should be, even for a constant. With
# `beta = 9/10`:

# %%
D = Derivation("without_correction")
(T,) = D.sizes("T")
(i,) = D.indices(i=T)
beta, a = D.fraction(9, 10), D.scalar("a")
m = (1 - beta) * D.Sum(i, beta ** (T - 1 - i) * a)
expect(Refuted, lambda: D.claim("constant", m, a, because="a hope"))

# %% [markdown]
# Both averages begin too small, so is the start too slow? Calculate: the first step would be
# $(1-\beta_1)/\sqrt{1-\beta_2}=0.1/\sqrt{0.001}\approx3.16$ rates. Too *fast*, since the divisor is what
# lacks most. To see the rule without its correction, tell Adam that a million steps are behind it. Then both
# divisors are 1.

# %%
ones, late = [1] * 60, ({"theta": np.zeros(1)},)
rules = {"Adam": (Adam(1.0), None), "Adam, not corrected": (Adam(1.0), (late, late, 10**6))}
rules |= {f"RMSprop, beta {b}": (RMSprop(1.0, b), None) for b in (0.99, 0.9)}
lengths = {n: -np.diff(walk(r, ones, state), prepend=0) for n, (r, state) in rules.items()}
for name, each in lengths.items():
    at = each.round(6).argmax() + 1  # of equal ones the first
    print(f"{name:20} first {each[0]:5.2f}, longest {each.max():5.2f} (step {at})")

# %%
curves(np.arange(1, 61), lengths, "step, with the same gradient each time", "length / rate")

# %% [markdown]
# What does that do to a training? A network of chapter 02, 5 epochs, with and without:

# %%
digits = load_digits(np.float64)
images, labels = digits.x_train, digits.t_train
wide = mlp(64, 64, 10, initialise="he")
test = (digits.x_test, digits.t_test)


# %%
def with_adam(rate, step):
    rng = np.random.default_rng(0)
    params = wide.init(rng, np.float64)
    m, v, _ = Adam(rate).init(params)
    start = State((m, v, step), dict(rng.bit_generator.state), 0, 0)
    settings = {"optimiser": Adam(rate), "epochs": 5, "batch_size": 32, "test": test, "rng": rng}
    return fit(wide, images, labels, params=params, resume=start, **settings).history[-1].loss


for rate, good, bad in ((0.01, (0.03, 0.2), (0.01, 0.15)), (0.1, (0.02, 0.8), (1, 4))):
    measured(with_adam(rate, 0), *good, label=f"rate {rate}, corrected: last loss")
    measured(with_adam(rate, 10**6), *bad, label=f"rate {rate}, not corrected: last loss")

# %% [markdown]
# At a small rate the longer first steps do no harm here; they even help. At 0.1 they throw the network to a
# place that it does not leave. So much for "a detail that matters in the first steps only".
#
# ## 4. Six rules on a surface
#
# A valley with the curvatures 1 and 25: what is right for the steep direction is slow along the flat one.
# Every rule may try the same twelve rates, 30 steps each, and shows its best:

# %%
rates = [10 ** (k / 4) for k in range(-10, 2)]
in_valley = tuned(VALLEY, 30, rates)
for name, (rate, points) in in_valley.items():
    print(f"{name:16}  rate {rate:<6.2g}  height at the end {VALLEY.value(*points[-1]):.1e}")

# %%
surface_paths(VALLEY, in_valley)

# %% [markdown]
# Adagrad and RMSprop are in a class of their own: each parameter has its rate, so for them the valley is as
# good as round. Is that fair? The valley lies *along the axes*. Turn it by 45 degrees. Nothing else
# changes, the heights are the same:

# %%
other = turned(VALLEY)
for name, (rate, points) in tuned(other, 30, rates).items():
    print(f"{name:16}  rate {rate:<6.2g}  height at the end {other.value(*points[-1]):.1e}")

# %% [markdown]
# The first three do exactly the same as before; a gradient turns with the surface. The lead of Adagrad and
# RMSprop is gone, ten orders of magnitude of it. "A rate for each parameter" is a statement about axes, and
# who says that the valleys of a network lie along them? Next, a valley with a bend, which is not
# convex (chapter 01), 60 steps:

# %%
in_bend = tuned(BEND, 60, rates)
for name, (rate, points) in in_bend.items():
    print(f"{name:16}  rate {rate:<6.2g}  height at the end {BEND.value(*points[-1]):.1e}")

# %%
surface_paths(BEND, in_bend)

# %% [markdown]
# Another order. Two surfaces with two parameters tell what a rule does, not which one to take.
#
# ## 5. Six rules on the digits
#
# `benchmarks/optimisers.py` asks properly: the same eleven rates for everyone, chosen on a part of the
# training digits, three seeds; then with the best rate, and other seeds, once on the test digits.

# %%
found = sweep("optimisers")
print(found["settings"]["model"], found["settings"]["epochs"], "epochs,", found["machine"]["cpu"])
for row in found["rows"]:
    low, high = min(row["test_accuracy"]), max(row["test_accuracy"])
    print(
        f"{row['name']:16}  rate {row['rate']:<7.2g} test {row['mean_test_accuracy']:.4f}, "
        f"seeds {low:.4f} to {high:.4f}, rates within 1 %: {row['rates_within_1_percent']}"
    )

# %%
rate_curves({r["name"]: {c["rate"]: c["mean"] for c in r["curve"]} for r in found["rows"]})

# %% [markdown]
# What may one read from that? One digit of 360 is 0.0028, and seeds of one rule differ by two to nine digits.
# Adam is two digits ahead of momentum. All six lie within two per cent, *at their own best rates*, and these
# are far apart: 0.32 for two of them, 0.0032 for RMSprop. The source's hope that such rules make the choice
# of the rate easier is not borne out here. Count the rates that come within one per cent of the best on the
# validation digits: one to three, for everyone. (With ten times the data, or ten times the depth, it may be
# otherwise; that we have not measured.)
#
# A short run of each, live, at its best rate:

# %%
names = ("SGD", "SGD, momentum", "SGD, Nesterov", "Adagrad", "RMSprop", "Adam")
best = [row["rate"] for row in found["rows"]]
optimisers = [SGD(best[0]), SGD(best[1], 0.9), SGD(best[2], 0.9, nesterov=True)]
optimisers += [Adagrad(best[3]), RMSprop(best[4]), Adam(best[5])]
for name, rule in zip(names, optimisers, strict=True):
    rng = np.random.default_rng(0)
    run = fit(wide, images, labels, optimiser=rule, epochs=3, batch_size=32, rng=rng, test=test)
    measured(run.history[-1].test_accuracy, 0.8, 0.99, label=f"{name}, 3 epochs")

# %% [markdown]
# A rate that cannot be is refused, of course, and so is a memory that never forgets:

# %%
expect(ValueError, lambda: RMSprop(0.01, beta=1))
expect(ValueError, lambda: Adam(0.0))

# %% [markdown]
# ## 6. Where to start
#
# Before the first step somebody has to choose the parameters. Why not all 0? "Then all neurons of a layer
# do the same", says the source, and that is almost right. Suppose the hidden units of a network *are* equal:
# same weights in, same bias, same weights out. Any activation `f`, any layers above; `g` is what they
# send back.

# %%
show("equal_units.z#definition")

# %%
show("equal_units.E#definition")

# %%
show("equal_units.delta#definition")

# %%
show("equal_units.same_w#definition")

# %%
show("equal_units.same_b#definition")

# %%
show("equal_units.same_v#definition")

# %% [markdown]
# The gradient for the weights that lead in, and one step of descent. The letters (w, b, v) behind it say:
# with the three equal rows put in.

# %%
show("equal_units.dw#delta")

# %%
show("equal_units.one_z#definition")

# %%
show("equal_units.one#definition")

# %%
show("equal_units.step_w#same")

# %% [markdown]
# On the right there is no `h`: after the step all units are equal again. So are the biases, and the weights
# that lead out:

# %%
show("equal_units.step_b#same")

# %%
show("equal_units.step_v#same")

# %% [markdown]
# By induction they stay equal for ever. 32 sigmoids that start at 0, after ten epochs:

# %%
settings = {"optimiser": SGD(0.3), "epochs": 10, "batch_size": 32, "test": test}
alike = mlp(64, 32, 10, activation="sigmoid", initialise="zero")
run = fit(alike, images, labels, rng=np.random.default_rng(0), **settings)
w = run.params[1]["w"]
measured(np.abs(w - w[0]).max(), 0, 1e-12, label="largest difference between two units")
measured(np.abs(w).max(), 0.01, 0.5, label="largest weight")
measured(run.history[-1].test_accuracy, 0.05, 0.25, label="test accuracy")

# %% [markdown]
# 32 units, and the network is worth one. (It did move, since $\sigma(0)=\frac12$ is not 0.) With relus it
# gets worse. Here zeros are put in for (w, b, v), and for `g` the $\delta$ of the mean cross-entropy:

# %%
show("relu_zero_start.start_dw#zero")

# %%
show("relu_zero_start.start_db#zero")

# %%
show("relu_zero_start.start_dv#zero")

# %% [markdown]
# Nothing moves, and since these lines hold for *any* biases `c` of the output layer, nothing will ever move.
# Except for those:

# %%
show("relu_zero_start.start_dc#error")

# %% [markdown]
# Here is what the source says too generally. The units of the *output* layer are not equal, they have
# different targets: their biases get $p-e_y$. On one sample of class 0, three relus, two classes:

# %%
nothing = mlp(2, 3, 2, initialise="zero")
x_one, t_one = np.array([[1.0, 2]]), np.array([0])
_, grads = loss_and_gradient(nothing, nothing.init(np.random.default_rng(0)), x_one, t_one)
moves = [bool(array.any()) for array in (grads[1]["w"], grads[1]["b"], grads[3]["w"])]
print("w, b, v move:", moves, "  biases of the output:", grads[3]["b"])

# %% [markdown]
# So the *linear* classifier of chapter 01, which is nothing but an output layer, may start at 0:

# %%
linear = softmax_regression(64, 10)
zeros = ({}, {"w": np.zeros((10, 64)), "b": np.zeros(10)})
run = fit(linear, images, labels, rng=np.random.default_rng(0), params=zeros, **settings)
measured(run.history[-1].test_accuracy, 0.92, 0.98, label="linear classifier from 0")

# %% [markdown]
# ### How large?
#
# Not zero, then, but random: the source draws every weight from $N(0,\,0.01^2)$. Why 0.01? Follow the size
# of the numbers through a layer. 100 inputs of variance 1, weights of variance $10^{-4}$: each product has
# variance $10^{-4}$, a sum of 100 of them $10^{-2}$. In general, `pair[d,d']` is the mean of a product
# of two weights:

# %%
show("variance_step.pair#definition")

# %%
show("variance_step.second#definition")

# %%
show("variance_step.forward#own")

# %%
show("variance_step.forward#width")

# %% [markdown]
# The number of inputs, times the variance of a weight, times what came in. One such factor per layer!
# With the start of the source:

# %%
show("variance_step.small#definition")

# %%
show("variance_step.small_factor#tiny")

# %% [markdown]
# Ten layers of 100 units leave $100^{-10}=10^{-20}$. On the way back, gradients meet the same weights from
# the other side. There it is the number of *outputs*, K, that counts:

# %%
show("variance_step.back#definition")

# %%
show("variance_step.mean_g#definition")

# %%
show("variance_step.backward#width")

# %% [markdown]
# Both factors should be 1. Unless D = K, one variance cannot do both. *Xavier* (after X. Glorot's
# first name) takes the middle:

# %%
show("variance_step.xavier#definition")

# %%
show("variance_step.xavier_factors#two")

# %% [markdown]
# And the activation? If `z` and `-z` are equally likely, a relu cuts off exactly half of the mean
# square. (In the formula stands $(z+|z|)/2$, which is the relu.)

# %%
show("relu_halves.square#definition")

# %%
show("relu_halves.half#positive")

# %%
show("relu_halves.half#half")

# %% [markdown]
# Ten relus would leave $2^{-10}$. *He* puts the 2 back:

# %%
show("variance_step.he#definition")

# %%
show("variance_step.he_factor#kept")

# %% [markdown]
# Measured on ten layers of 100 units, with a function that is shorter than its description:

# %%
print(inspect.getsource(variance_by_layer))

# %%
starts = {
    "N(0, 0.01²), relu": ("small", relu, (1e-24, 1e-21)),
    "N(0, 0.01²), no activation": ("small", None, (3e-21, 3e-20)),
    "Xavier, relu": ("xavier", relu, (5e-4, 6e-3)),
    "Xavier, no activation": ("xavier", None, (0.4, 2.5)),
    "He, relu": ("he", relu, (0.8, 5)),
}
variances = {}
for name, (word, activation, band) in starts.items():
    variances[name] = variance_by_layer(word, activation, np.random.default_rng(0))
    measured(variances[name][-1], *band, label=f"{name:27} layer 10")

# %%
by_layer(variances, "variance of z")

# %% [markdown]
# As predicted: from layer to layer the factors are 1/200, 1/100, 1/2, 1 and 1. (The formulas assume
# independent weights of mean 0, and for the relu that `z` and `-z` are equally likely: see what is printed
# under them.)
#
# Does the start matter to training? One hidden layer, and five:

# %%
settings = {"optimiser": SGD(0.03, 0.9), "epochs": 5, "batch_size": 32, "test": test}
for depth, word, band in (
    (1, "small", (0.85, 0.99)),
    (1, "he", (0.9, 0.995)),
    (5, "small", (0.05, 0.15)),
    (5, "he", (0.6, 0.98)),
):
    net = mlp(64, *[32] * depth, 10, initialise=word)
    run = fit(net, images, labels, rng=np.random.default_rng(0), **settings)
    measured(run.history[-1].test_accuracy, *band, label=f"{depth} hidden, {word:5}: test accuracy")

# %% [markdown]
# With one hidden layer the start of the source is fine. With five, the images arrive at the last layer as
# nothing, hardly any gradient comes back, and after five epochs the net says the same class to everything.
# "Close to 0, but not all 0" is a rule for shallow nets.
#
# ## 7. Dropout
#
# A large net learns few data by heart. *Dropout* disturbs that: in each training step it switches off each
# unit with probability $1-\mathrm{keep}$. (One of our sources adds that
# there are then fewer weights to adjust. In that step, yes: those of a silent unit have gradient 0. The net
# has as many as before.)
#
# At test time nothing is switched off. That is all that the source says. Is it enough? A unit with the
# inputs `a = (1, 2, 3)` and the weights `w = (1, -1, 2)`; without dropout its sum is $1-2+6=5$. With
# `keep` = 1/2 there are eight masks, equally likely:

# %%
a, w = np.array([1, 2, 3]), np.array([1, -1, 2])
masks = np.array(list(product((0, 1), repeat=3)))
sums = masks @ (a * w)
print(sums, " mean", Fraction(int(sums.sum()), 8), " at test time", a @ w)

# %% [markdown]
# In training the unit got $\frac52$ on average, and everything above it is used to that. In the test it gets
# twice as much. A formula for one input, with its mask `m`, written out as mean over `m = 1` and `m = 0`:

# %%
show("dropout_unit.plain#definition")

# %%
show("dropout_unit.source#scaled")

# %% [markdown]
# So in the test each output has to be multiplied by `keep`, as the inventors of dropout do. Or, which is more
# convenient, divided by `keep` in training: *inverted* dropout. Then nothing is left to be done in the test.

# %%
show("dropout_unit.mean#definition")

# %%
show("dropout_unit.unbiased#same")

# %% [markdown]
# What it costs is noise:

# %%
show("dropout_unit.variance#squares")

# %%
show("dropout_unit.variance#noise")

# %% [markdown]
# At `keep` = 1/2 the noise is as large as the signal. For a unit that sums many inputs:

# %%
show("dropout_sum.one#definition")

# %%
show("dropout_sum.two#definition")

# %%
show("dropout_sum.pair#definition")

# %%
show("dropout_sum.mean#definition")

# %%
show("dropout_sum.unbiased#same")

# %%
show("dropout_sum.variance#own")

# %%
show("dropout_sum.variance#noise")

# %% [markdown]
# Two assumptions are printed there, and the second one, independent masks, is needed for the variance only.
# Measured, 100,000 masks on our unit: the mean is 5, the variance is $1+4+36=41$.

# %%
many, _ = dropout(np.tile([1.0, 2, 3], (100_000, 1)), 0.5, np.random.default_rng(0))
measured((many @ w).mean(), 4.91, 5.09, label="mean")
measured((many @ w).var(), 40, 42, label="variance")

# %% [markdown]
# Does the net of the test then compute the mean of all nets of the training? For a unit that *bends*, no.
# The same sums with a bias of -2 and a relu; on the left the mean over the eight masks, on the right
# the relu of the mean sum:

# %%
nets, one_net = relu(sums - 2.0)[0], relu(np.array([sums.mean() - 2]))[0]
print(Fraction(nets.mean()), "against", Fraction(one_net[0]))

# %% [markdown]
# The scaling is right for what enters the relu. Behind it, it is an approximation.
#
# ### The op
#
# One mask for the way forward and the way back:

# %%
show("dropout.y#definition")

# %%
show("dropout.E#definition")

# %%
show("dropout.dx#own")

# %%
show("dropout.dx#mask")

# %%
show("dropout.dx#conclusion")

# %% [markdown]
# **The SymPy cell**, `keep` = 1/2 and the mask that seed 0 draws:

# %%
x, dy = symbols("x", 1, 4), symbols("dy", 1, 4)
y, backward = dropout(x, half, np.random.default_rng(0))
print([str(getattr(each, "expression", each)) for each in y[0]])
by_sympy = sympy.diff((dy * y).sum().expression, x[0, 1].expression)
print(by_sympy, "  difference:", by_sympy - backward(dy)[0][0, 1].expression)

# %%
print(tie(DROPOUT, DROPOUT.cases[0], derivation("dropout")).verdict)

# %% [markdown]
# "Cells" are masks here: the check goes through *every* mask of the arrays that it uses. **Break it**: send
# the gradient through units that were silent; forget the divisor on the way back; draw a new mask there.


# %%
def mask_forgotten(x, keep, rng):
    y, _ = dropout(x, keep, rng)
    return y, lambda dy: (dy / keep,)


def divisor_forgotten(x, keep, rng):
    y, backward = dropout(x, keep, rng)
    return y, lambda dy: (keep * backward(dy)[0],)


def another_mask(x, keep, rng):
    y, _ = dropout(x, keep, rng)
    return y, lambda dy: (dropout(dy, keep, rng)[0],)


# %%
def check(wrong):
    broken = replace(DROPOUT, forward=wrong)
    expect(Broken, lambda: tie(broken, DROPOUT.cases[0], derivation("dropout")))


for wrong in (mask_forgotten, divisor_forgotten, another_mask):
    check(wrong)

# %% [markdown]
# And what cannot be:

# %%
expect(ValueError, lambda: Dropout(0))
expect(TypeError, lambda: Dropout(0.5).apply({}, np.ones((2, 3)), train=True))
print(Dropout(0.5).apply({}, np.ones((1, 3)))[0])

# %% [markdown]
# ### How many nets?
#
# "An ensemble (集成) of countless small networks", says the source. They can be counted: n units make $2^n$
# masks. And what does the one net of the test have to do with their predictions? Let `m[n,d]` be the masks,
# `q[n]` any probabilities, and give each input of the one net its chance to be there:

# %%
show("dropout_ensemble.chance#definition")

# %%
show("dropout_ensemble.s#definition")

# %%
show("dropout_ensemble.scaled#definition")

# %%
show("dropout_ensemble.linear#mean")

# %% [markdown]
# Linear units: exactly the mean. With a softmax on top, take the *geometric* mean of the probabilities, and
# normalise it:

# %%
show("dropout_ensemble.p#definition")

# %%
show("dropout_ensemble.G#definition")

# %%
show("dropout_ensemble.softmax#logs")

# %%
show("dropout_ensemble.softmax#scores")

# %%
show("dropout_ensemble.softmax#scaled")

# %% [markdown]
# Exact again, as long as there is one layer. On numbers, our three inputs and two classes:

# %%
v = np.array([[1.0, -1, 2], [0.5, 1, 1]])
each = softmax((masks * a) @ v.T)[0]
geometric = np.exp(np.log(each).mean(axis=0))
one_net = softmax((half * a).astype(float)[None] @ v.T)[0][0]
print("one net        ", one_net.round(4))
print("geometric mean ", (geometric / geometric.sum()).round(4))
print("arithmetic mean", each.mean(axis=0).round(4))

# %% [markdown]
# In a deep net it is neither; one hopes.
#
# ### Without the scaling
#
# What happens to a net that is trained with dropout and tested as the source says it, with nothing done?
# Every layer above a dropout gets twice as much as it is used to. To see that, multiply its weights by 2:


# %%
def two_hidden(keep):
    hidden = (Affine(256, 256, "he"), Relu(), Dropout(keep), Affine(256, 10, "he"))
    return Sequential(Flatten(), Affine(64, 256, "he"), Relu(), Dropout(keep), *hidden)


few = {"batch_size": 20, "epochs": 20, "optimiser": SGD(0.02, 0.9)}
model = two_hidden(0.5)
run = fit(model, images[:400], labels[:400], rng=np.random.default_rng(0), **few)
twice = tuple(
    layer | {"w": 2 * layer["w"]} if number in (4, 7) else layer
    for number, layer in enumerate(run.params)
)

# %%
for name, params, loss, sure in (
    ("scaled", run.params, (0.07, 0.15), (0.93, 0.98)),
    ("not scaled", twice, (0.13, 0.3), (0.985, 0.999)),
):
    s, _ = model.apply(params, digits.x_test)
    measured(cross_entropy(s, digits.t_test)[0], *loss, label=f"{name}: loss")
    measured(softmax(s)[0].max(axis=1).mean(), *sure, label=f"{name}: mean confidence")
    measured(accuracy(s.argmax(axis=1), digits.t_test), 0.94, 0.99, label=f"{name}: accuracy")

# %% [markdown]
# The accuracy notices nothing: relus pass a factor on, and the largest score mostly stays the largest.
# That is why this error can go unseen for long. But the loss nearly doubles, and the net now says "99 %"
# where it is right in 97 % of the cases.
#
# ### Does it help?
#
# `benchmarks/dropout_sweep.py` trains this net on 400 digits, with right labels, and with 20 % wrong ones.
# Tested on 360 digits with right labels, three seeds:


# %%
def runs_of(keep, wrong, what="test_accuracy"):
    rows = [r for r in sweep("dropout_sweep")["rows"] if r["keep"] == keep]
    rows = [r["snapshots"][1:] for r in rows if r["wrong_labels"] == wrong]
    return [{s["epoch"]: s[what] for s in snapshots} for snapshots in rows]


for wrong, keep in product((0.0, 0.2), (1.0, 0.8, 0.5)):
    last = [mean(r[40] for r in runs_of(keep, wrong, f"{x}_accuracy")) for x in ("train", "test")]
    print(f"{wrong:3.0%} wrong, keep {keep:.1f}: training {last[0]:.4f}  test {last[1]:.4f}")

# %%
panels = {
    title: {f"keep {keep:g}": runs_of(keep, wrong) for keep in (1.0, 0.8, 0.5)}
    for title, wrong in (("right labels", 0.0), ("20 % wrong labels", 0.2))
}
accuracy_panels(panels, "epoch")

# %% [markdown]
# With right labels it hardly matters: there is nothing harmful to learn by heart. With wrong labels it does.
# Without dropout the net learns all of them, wrong ones included, and loses on the test digits as it does
# so. With `keep` = 0.5 it stays near what is true of the 80 %. In the left half of the right panel there
# is a simpler way, too: stop early.

# %%
early = mean(run[5] for run in runs_of(1.0, 0.2))
print(f"no dropout, stopped after 5 epochs: {early:.4f}")
print(f"keep 0.5, 40 epochs:                {mean(run[40] for run in runs_of(0.5, 0.2)):.4f}")

# %% [markdown]
# Almost the same. (To know *when* to stop, one needs digits with right labels set aside.)
#
# ## 8. What goes in
#
# ### The mean, and whose
#
# Subtract from each pixel its mean over the training set (6.24, 6.25). By hand: two images of two pixels,
# (1, 4) and (3, 8), have the mean (2, 6) and become $(-1,-2)$ and $(1,2)$.

# %%
show("centring.mean#definition", tag="6.24")

# %%
show("centring.centred#definition", tag="6.25")

# %%
show("centring.zero#mean")

# %%
show("centring.zero#zero")

# %% [markdown]
# And a test image, say (2, 7)? The source is silent. It has to lose the *training* mean: it becomes (0, 1).

# %%
print(center(np.array([[1.0, 4], [3, 8]]), np.array([[2.0, 7]])).others[0])

# %% [markdown]
# The reason: the mean is a part of the model. One could as well put it into the first bias:

# %%
show("centring.s#definition")

# %%
show("centring.bias#absorbed")

# %% [markdown]
# Nobody would compute a bias from the test set. With another mean, say that of the test images, it is another
# model: each class gets its scores moved, for all images alike.

# %%
show("centring.wrong#definition")

# %%
show("centring.shifted#scores")

# %% [markdown]
# **Break it.** A network, trained on centred digits; first the whole test set, centred in both ways:

# %%
centred = center(images, digits.x_test)
net, settings = mlp(64, 32, 10, initialise="he"), {"epochs": 10, "batch_size": 32}
rng = np.random.default_rng(0)
run = fit(net, centred.x_train, labels, optimiser=SGD(0.1, 0.9), rng=rng, **settings)
own = digits.x_test - digits.x_test.mean(axis=0)
for name, x in (("training mean", centred.others[0]), ("mean of the test", own)):
    right = accuracy(predict(net, run.params, x), digits.t_test)
    measured(right, 0.95, 1, label=f"{name}: accuracy")

# %% [markdown]
# No harm done? The two sets were dealt from one deck, their means are nearly equal. Now let the test
# come as tests come: somebody sends all his zeros.

# %%
zeros = digits.x_test[digits.t_test == 0]
for name, middle, band in (
    ("training mean", centred.mean, (0.9, 1)),
    ("mean of these images", zeros.mean(axis=0), (0, 0.3)),
):
    right = (predict(net, run.params, zeros - middle) == 0).mean()
    measured(right, *band, label=f"{len(zeros)} zeros, {name}: accuracy")

# %% [markdown]
# What all zeros have in common *is* the mean of the zeros. Subtract it, and what makes a zero is gone. In the
# extreme, a single image minus its own mean is empty. The other half of the damage is the leak (数据泄漏):
# what the net says about one image depends on which others it came with, so the test measures something
# that cannot be used.
#
# ### Windows
#
# "The more data, the better." Parts of images are more images. In training, a *random crop* of each image, a
# new one in each epoch; in the test, the four corners and the centre, and the mean of the five
# predictions:

# %%
seven = digits.x_test[np.flatnonzero(digits.t_test == 7)[0]]
five_windows(seven[0], 6)

# %%
five = five_crop(seven[None], 6)
print(five.shape, np.array_equal(five[4][0], seven[:, 1:7, 1:7]))
crops = random_crop(seven[None].repeat(900, axis=0), 6, np.random.default_rng(0))
print(len(np.unique(crops, axis=0)), "different crops among", len(crops))
expect(ValueError, lambda: random_crop(seven[None], 9, np.random.default_rng(0)))

# %% [markdown]
# Nine places where a 6x6 window fits into 8x8 pixels, and all are found. Why average *probabilities* and not
# scores? Four windows say "class 0, a little", the fifth shouts "class 1":

# %%
scores = np.array([[1.0, 0]] * 4 + [[0, 10]])[:, None]
print("mean score      ", scores.mean(axis=0)[0])
print("mean probability", mean_probabilities(Sequential(Flatten()), ({},), scores)[0].round(3))

# %% [markdown]
# A probability is at most 1, so nobody is outvoted by volume. Does it help? `benchmarks/crop_sweep.py` trains
# a convolutional net on 7x7 parts of 100, 300 and 1,000 digits, three seeds each, 120 epochs:

# %%
last = {
    (row["samples"], row["seed"], row["training"]): row["snapshots"][-1]
    for row in sweep("crop_sweep")["rows"]
}
ways = {
    "trained on the centre, tested there": ("centre", "centre"),
    "trained on the centre, five places": ("centre", "mean_of_five"),
    "random crops, centre": ("random crops", "centre"),
    "random crops, five places averaged": ("random crops", "averaged"),
}


# %%
def tested(way):
    training, test = ways[way]
    return [{n: last[n, seed, training][test] for n in (100, 300, 1000)} for seed in range(3)]


for way in ways:
    means = [mean(run[n] for run in tested(way)) for n in (100, 300, 1000)]
    print(f"{way:36}", *(f"{each:.4f}" for each in means))

# %%
shown = [way for way in ways if way != "trained on the centre, five places"]
parts = {"7x7 parts of the digits": {way: tested(way) for way in shown}}
accuracy_panels(parts, "training digits", log=True)

# %%
pairs = [(n, seed) for n in (100, 300, 1000) for seed in range(3)]
for test_with in ("averaged", "centre"):
    won = [last[*p, "random crops"][test_with] > last[*p, "centre"]["centre"] for p in pairs]
    print(f"random crops, {test_with:8} against the centre: better in {sum(won)} of {len(won)}")

# %% [markdown]
# Read both lines. The averaged prediction of a net that was trained on random crops beats the net that has
# only ever seen the centre, in all nine pairs. *Without* the average it is a mixed affair, and with 100
# digits a loss: the net now has to know four places from the same few digits.
#
# Four, not nine: that is what 8x8 pixels have for a window of 7x7. The middle falls between them; `five_crop`
# takes the upper left one, so that corner counts twice. What does the other net know of places that it was
# not trained on? The mean over five places holds two at which it was. Take them out:

# %%
for n in (100, 300, 1000):
    runs = [last[n, seed, "centre"] for seed in range(3)]
    others = mean((5 * run["mean_of_five"] - 2 * run["centre"]) / 3 for run in runs)
    here = mean(run["centre"] for run in runs)
    print(f"{n:4} digits: at its own place {here:.2f}, elsewhere {others:.2f}")

# %% [markdown]
# One pixel to the side, and less than half is read. The digits of the training set all stand in the middle,
# and nobody told the net that this does not matter. A crop does.
#
# ## 9. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** Momentum with `mu = 0.9` and a constant gradient: after how many steps has the velocity reached half
# of its final value? And the moving average with `beta = 0.999`?
#
# <details><summary>Solution</summary>
#
# Both are $1-\beta^t$ of the final value. $0.9^t\le\frac12$ first at t = 7, $0.999^t\le\frac12$ at t = 693.
#
# ```python
# print(next(t for t in range(1000) if 0.9**t <= 0.5), next(t for t in range(1000) if 0.999**t <= 0.5))
# ```
# </details>

# %% [markdown]
# **b.** RMSprop with `beta = 0`: what does it do with gradients 5, -0.01, 300?
#
# <details><summary>Solution</summary>
#
# Then $v=g^2$, and the step is the rate times the sign of the gradient (up to epsilon): 1, -1, 1 rates.
#
# ```python
# print(-np.diff(walk(RMSprop(1.0, 0.0), [5, -0.01, 300]), prepend=0).round(4))
# ```
# </details>

# %% [markdown]
# **c.** Adam with its usual settings and a gradient that is always $10^{-9}$. How long are its steps?
#
# <details><summary>Solution</summary>
#
# By section 3 it is $\alpha c/(c+\varepsilon)$ with $c=10^{-9}$, $\varepsilon=10^{-8}$: 1/11 of the rate.
# Gradients far below epsilon do not count as gradients.
#
# ```python
# print(-np.diff(walk(Adam(1.0), [1e-9] * 3), prepend=0).round(4), round(1 / 11, 4))
# ```
# </details>

# %% [markdown]
# **d.** Two dropouts in a row with `keep` = 1/2, each with a mask of its own: is the mean still `x`? The
# variance?
#
# <details><summary>Solution</summary>
#
# The value is $4x$ with probability 1/4, else 0. Mean $x$, variance $\frac14\cdot16x^2-x^2=3x^2$: the same as
# one dropout with `keep` = 1/4, since $(1-\frac14)/\frac14=3$.
#
# ```python
# rng, x = np.random.default_rng(0), np.ones((1000, 1000))
# y = dropout(dropout(x, 0.5, rng)[0], 0.5, rng)[0]
# print(y.mean(), y.var())
# ```
# </details>

# %% [markdown]
# **e.** A layer from 100 inputs to 400 units, started with Xavier, no activation. By which factor does
# it change the variance forwards, by which one backwards? And He?
#
# <details><summary>Solution</summary>
#
# $\sigma^2=2/500$: forwards $100\cdot\frac2{500}=0.4$, backwards $400\cdot\frac2{500}=1.6$, sum 2. He:
# $\sigma^2=2/100$, forwards 2 (the relu behind it takes the half), backwards 8 (4 with the relu).
#
# ```python
# from cnnmath.nn.initialisation import draw_weights
#
# w = draw_weights("xavier", 100, 400, np.random.default_rng(0), np.float64)
# x = np.random.default_rng(1).standard_normal((1000, 100))
# print((x @ w.T).var(), (np.random.default_rng(2).standard_normal((1000, 400)) @ w).var())
# ```
# </details>

# %% [markdown]
# **f.** Instead of centring by the mean image, somebody subtracts from each image the mean of *its own
# pixels*, in training and test. Is that a leak?
#
# <details><summary>Solution</summary>
#
# No. It uses nothing but the image itself, so the image gets the same scores in any company. It is another
# model (one that does not see the brightness of an image), not another test.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016: sections 6.3 to
# 6.7, equations 6.21 to 6.25. Prose, code, numbers and pictures here are our own.
# - yuruoyuxi, *深度学习与计算机视觉: 深度学习必知基本概念以及链式求导*, cnblogs, 2018: a paragraph on
# dropout.
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep
# learning*, ICML 2013: both forms of momentum.
# - J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods*, JMLR 12, 2011: Adagrad. T. Tieleman,
# G. Hinton, *Lecture 6.5, RMSprop*, Coursera, 2012. D. Kingma, J. Ba, *Adam*, ICLR 2015.
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*,
# AISTATS 2010; K. He et al., *Delving deep into rectifiers*, ICCV 2015: the two starts.
# - N. Srivastava et al., *Dropout*, JMLR 15, 2014.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the sources, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | Zhang 6.22 | $\partial J/\partial\theta_i$, for all $j$ | $\partial J/\partial\theta_j$ (section 3) |
# | 6.3 | no start for $v$ | $v=0$; the first step is $1/\sqrt{1-\beta}$ rates (3) |
# | the same | such rules make the rate easier to choose | not on our digits (5) |
# | 6.4 | no dropout in the test | and outputs times `keep`, or inverted dropout (7) |
# | the same | an ensemble of countless nets | $2^n$ nets; exact for one softmax layer (7) |
# | 6.25 | subtract the mean from the training images | the same mean from every image (8) |
# | 6.6 | from 0, all units of a layer stay equal | hidden layers; the output gets $p-e_y$ (6) |
# | the same | start with $N(0,0.01^2)$ | dies out in deep nets; Xavier, He (6) |
# | 6.7 | crops are more data | with the five averaged; else a mixed affair (8) |
# | 2018 page | fewer weights to adjust with dropout | in each step; the net keeps all (7) |
# | the same | nothing on scaling | as for 6.4 (7) |
#
