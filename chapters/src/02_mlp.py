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
# # Layers and backpropagation
#
# A linear classifier cuts its input with flat borders. Put a layer or two before it and the borders
# bend, because the input that it sees is no longer the image but something learnt. Such a network is
# called a *multilayer perceptron* (多层感知器, MLP) or *feedforward network* (前馈神经网络).
#
# **What you will do.** Give a linear classifier two tasks that it cannot do. Solve one of them by
# hand with two neurons, then let a network find its own way. Differentiate a small network with
# pencil and paper and check each number. Break gradients, kill neurons, and train a network that
# reads about 98 % of unseen digits.
#
# **What you will learn.** What a representation is and why one learns it; neurons, layers, activation
# functions and their slopes; why gradients vanish; squared error and binary cross-entropy;
# backpropagation in three forms, and that they are one; what a network has learnt, and why its
# training has no guarantee.
#
# **What you need.** The pages *Start here* and *Linear scores and softmax*, the chain rule. About
# two hours and a half, and it is made to be left and come back to.

# %%
# %matplotlib inline
import inspect
from dataclasses import replace
from fractions import Fraction

import numpy as np
import sympy

# %%
from cnnmath import (
    affine,
    binary_cross_entropy,
    relu,
    scaled_tanh,
    sigmoid,
    softmax,
    softplus,
    squared_error,
    tanh,
)
from cnnmath.course.figures import confusion, image_grid, templates
from cnnmath.course.figures_linear import curves
from cnnmath.course.figures_mlp import Plane, activation_curves, by_layer, class_panels, network
from cnnmath.course.landscapes import histories, paths_on_contours
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.symbolic import symbols

# %%
from cnnmath.data import load_digits
from cnnmath.nn import (
    SGD,
    Affine,
    Relu,
    Sequential,
    Sigmoid,
    accuracy,
    fit,
    loss_and_gradient,
    mlp,
    named_arrays,
    predict,
    softmax_regression,
)

# %%
from cnnmath.ops import (
    BINARY_CROSS_ENTROPY,
    RELU,
    SCALED_TANH,
    SIGMOID,
    SOFTPLUS,
    SQUARED_ERROR,
    TANH,
)
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted

# %% [markdown]
# Four sources meet here, and each has its own letters. H. Zhang's text of 2016 (chapter 4) gives the
# numbers at the right of the formulas.
#
# | here | Zhang | the 2-2-2 example | Bouvrie | what |
# |---|---|---|---|---|
# | `x[d]` | $\vec a^{(l-1)}$ | $a_k^{l-1}$ | $x^{\ell-1}$ | what enters a layer |
# | `z[k]` | $\vec z^{(l)}$ | $z_j^l$ | $u^\ell$ | weighted input (加权输入) |
# | `a[k]`, `y[k]` | $\vec a^{(l)}$ | $a_j^l$ | $x^\ell$, $y$ | output of a layer, of the net |
# | `t` | $y$ | $y_1$ | $t$ | target |
# | `w[k,d]`, `b[k]` | $W^{(l)}$, $\vec b^{(l)}$ | $w_{jk}^l$, $b_j^l$ | $W^\ell$, $b^\ell$ | parameters |
# | `delta[k]` | $\nabla_{\vec z}\,\mathrm{err}$ | | $\delta^\ell$ | derivative by `z`, sensitivity (灵敏度) |
#
# ## 1. What a line cannot separate
#
# Four images of two pixels; class 1 if exactly one of the two is bright (*exclusive or*, XOR, 异或).

# %%
x_xor, t_xor = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
class_panels({"four images": Plane(x_xor, names=("pixel 0", "pixel 1"))}, t_xor)

# %% [markdown]
# Try to put a ruler between the circles and the squares. It does not work, and here is why. Let the
# lead of class 1 be an affine function of the image,

# %%
show("same_midpoint.s#definition")

# %% [markdown]
# and take two pairs of points with the same midpoint: `x` and `y` are one pair, `u` and `v` the other.

# %%
show("same_midpoint.fourth#definition")

# %% [markdown]
# Then the leads of both pairs have the same sum. (`s(y)` is `s` with `y` in the place of `x`.)

# %%
show("same_midpoint.scores#pairs")

# %% [markdown]
# Now let one pair be (1, 0) and (0, 1), the other (0, 0) and (1, 1). XOR wants both leads of the first
# pair to be positive, and both of the second pair to be negative. But a sum of positive numbers is
# not a sum of negative ones. What does training make of it?

# %%
settings = {"optimiser": SGD(0.5), "epochs": 500, "batch_size": 4}
line = fit(softmax_regression(2, 2), x_xor, t_xor, rng=np.random.default_rng(0), **settings)
measured(line.history[-1].loss, 0.6931, 0.6933, digits=5, label="loss of the linear classifier")
print(f"log 2 = {np.log(2):.4f}: probability 1/2 for everything")

# %% [markdown]
# Now the same command with four *hidden units* (隐藏单元) between the pixels and the scores. How that
# works is the subject of this page.

# %%
small = mlp(2, 4, 2, activation="tanh", initialise="he")
bent = fit(small, x_xor, t_xor, rng=np.random.default_rng(0), **settings)
measured(bent.history[-1].loss, 0.003, 0.02, label="loss of the network")
print(predict(small, bent.params, x_xor), "wanted", t_xor)

# %% tags=["loose-figure"]
scored = Plane(x_xor, lambda pixels: small.apply(bent.params, pixels)[0], ("pixel 0", "pixel 1"))
class_panels({"learnt by a network": scored}, t_xor)

# %% [markdown]
# A second task, after a picture of our source: two classes, each along a sine curve, one above the
# other.


# %%
def two_sines(seed, n=200):
    rng, t = np.random.default_rng(seed), np.arange(n) % 2
    first = rng.uniform(-6, 6, n)
    return np.stack([first, np.sin(first) + t + 0.1 * rng.standard_normal(n)], axis=1), t


# %%
(x_sine, t_sine), (x_new, t_new) = two_sines(0), two_sines(1)
settings = {"optimiser": SGD(0.1), "epochs": 100, "batch_size": 20}
line = fit(softmax_regression(2, 2), x_sine, t_sine, rng=np.random.default_rng(0), **settings)
right = accuracy(predict(softmax_regression(2, 2), line.params, x_new), t_new)
measured(right, 0.6, 0.8, label="two sines, linear classifier, new samples")

# %% [markdown]
# Again no line can do it. On the lower curve, take the peaks at $-3\pi/2$ and $\pi/2$ and the valley
# between them, at $-\pi/2$. The triangle with these corners contains a point of the upper curve,
# $(-\pi/2,\ 0)$. But the region of a class has no dents (chapter 01, section 16): whoever owns the
# three corners owns the triangle.
#
# ## 2. Change the picture, not the line
#
# If the curve is the problem, subtract it. Let $\phi(x)=(x_0,\ x_1-\sin x_0)$ be the new input of the
# same classifier. Such a $\phi$ is called a *representation* (表示) of the data.


# %%
def phi(x):
    return np.stack([x[:, 0], x[:, 1] - np.sin(x[:, 0])], axis=1)


flat = fit(softmax_regression(2, 2), phi(x_sine), t_sine, rng=np.random.default_rng(0), **settings)
right = accuracy(predict(softmax_regression(2, 2), flat.params, phi(x_new)), t_new)
measured(right, 0.98, 1, label="two sines, linear in phi, new samples")


# %% tags=["loose-figure"]
def scores_of(params):
    return lambda points: softmax_regression(2, 2).apply(params, points)[0]


panels = {
    "linear in x": Plane(x_sine, scores_of(line.params)),
    "linear in φ(x)": Plane(phi(x_sine), scores_of(flat.params), ("φ[0]", "φ[1]")),
    "the same, seen in x": Plane(x_sine, lambda points: scores_of(flat.params)(phi(points))),
}
class_panels(panels, t_sine)

# %% [markdown]
# The scores were $Wx+b$ (4.2) and are now $W\phi(x)+b$ (4.3): still linear in everything that is
# trained.
#
# Where does $\phi$ come from? There have been three answers.
#
# **Design it: feature engineering** (特征工程). Here we knew that there was a sine. For photographs,
# people invented *SIFT* (compare an image with blurred copies of itself, keep the extrema of the
# differences, describe each by the directions of the gradients around it, turned so that rotation
# does not matter) and *HOG* (cut the image into cells, count the gradient directions in each). They
# look at local pieces, so a half-covered object can still be found. Such features need knowledge of
# the task, and another task needs others.
#
# **Take a very large one, once and for all: kernel methods** (核方法).

# %% [markdown]
# The *Gaussian kernel* (高斯核) says how alike two inputs are:

# %%
show("gaussian_kernel.k#definition")

# %% [markdown]
# It falls to 0 with their distance, does not mind which one comes first, and is 1 for equal inputs.
# (In parentheses stands what is put in the place of `x` and `y`; in the last line, `x` for `y`.)

# %%
show("gaussian_kernel.symmetry#same")

# %%
show("gaussian_kernel.equal#one")

# %% [markdown]
# As a representation, list how alike an input is to each of the training samples. The representation
# is fixed, so the training of the linear classifier on it is still a convex problem (chapter 01).


# %%
def alike(x, gamma):
    return np.exp(-gamma * ((x[:, None] - x_sine) ** 2).sum(axis=2))


kernel = {"optimiser": SGD(1.0), "epochs": 100, "batch_size": 20, "rng": np.random.default_rng(0)}
for gamma, low, high in ((1, 0.98, 1), (10000, 0.45, 0.65)):
    model = softmax_regression(200, 2)
    learnt = fit(model, alike(x_sine, gamma), t_sine, **kernel)
    print(f"gamma {gamma}: training accuracy {learnt.history[-1].train_accuracy}")
    right = accuracy(predict(model, learnt.params, alike(x_new, gamma)), t_new)
    measured(right, low, high, label="           new samples")

# %% [markdown]
# With 200 features for 200 samples anything can be learnt, also by heart: at $\gamma=10000$ each
# sample is like nothing but itself, the training accuracy is 1, and new samples are a coin toss.
# That is *overfitting* (过拟合). The choice of the kernel is knowledge about the task, too. (Our copy
# of the source writes $\phi(\vec k)$ once where $\phi(\vec x)$ is meant.)
#
# **Learn it: representation learning** (表示学习). Let $\phi$ have parameters and train them together
# with the classifier. (An *autoencoder*, 自编码器, learns one without labels: a network that has to
# return its own input through a narrow middle.) One such $\phi$ in one piece would be hard to find.
# *Deep learning* (深度学习) builds it from simple pieces, $\phi_3(\phi_2(\phi_1(x)))$. For images one
# hopes for edges in $\phi_1$, contours and corners in $\phi_2$, parts of objects in $\phi_3$, and puts a
# linear classifier on top. Each piece is simple, together they are strong; the idea is called
# *connectionism* (连接主义).

# %% [markdown]
# Does it work on the sines? A network with 16 units, then 2, then the linear classifier. The two
# units are the last representation, so we can look at it. Nobody told this network about sines. (Its
# input is centred and scaled; section 14 says why.)

# %%
centre, width = x_sine.mean(axis=0), x_sine.std(axis=0)
net = mlp(2, 16, 2, 2, activation="tanh", initialise="he")
settings = {"optimiser": SGD(0.2, momentum=0.8), "epochs": 300, "batch_size": 50}
own = fit(net, (x_sine - centre) / width, t_sine, rng=np.random.default_rng(2), **settings)
right = accuracy(predict(net, own.params, (x_new - centre) / width), t_new)
measured(right, 0.95, 1, label="two sines, network, new samples")

# %%
body = Sequential(*net.layers[:-1])  # all but the linear classifier
learnt_phi, _ = body.apply(own.params[:-1], (x_sine - centre) / width)
in_x = Plane(x_sine, lambda points: net.apply(own.params, (points - centre) / width)[0])
in_phi = Plane(learnt_phi, scores_of(({}, own.params[-1])), ("unit 0", "unit 1"))

# %% tags=["loose-figure"]
class_panels({"the network, seen in x": in_x, "its own representation": in_phi}, t_sine)

# %% [markdown]
# Left, the border follows the curves. Right, the same 200 samples as the last layer sees them: the
# border is straight again. The layers before it have done the bending.
#
# ## 3. A neuron
#
# What are the pieces made of? The first idea came from biology. A *neuron* (神经元) receives signals
# from others through its dendrites (树突), adds them up in its body, and if the sum is large enough
# sends a signal on through the axon (轴突), whose branches reach other neurons over synapses (突触).
# The computed neuron keeps little of that: a weighted sum (加权求和), a bias, a bent function.

# %%
show("neuron.z#definition", tag="4.12")

# %%
show("neuron.a#definition", tag="4.13")

# %% [markdown]
# The function `f` is the *activation function* (激活函数). Here it is $\max(0,z)$, section 5 has others.
# People speak of a threshold (阈值): the neuron wakes up where the weighted sum passes `-b`. That is
# true of $\max(0,z)$; other activations change gently around that place.
#
# By hand: `x = (1, 2, 3)`, weights `(1, -1, 1/2)`, bias 5. The sum is $1-2+\frac32+5 = 5.5$, and the
# neuron says 5.5. With bias -5 the sum is -4.5, and it says 0.

# %%
inputs, weights = ["x[0] = 1", "x[1] = 2", "x[2] = 3"], ["1", "-1", "1/2"]
parts = [inputs, ["z = 0.5 + 5"], ["a = max(0, 5.5)\n= 5.5"]]
lines = {(0, i, 0): weight for i, weight in enumerate(weights)} | {(1, 0, 0): ""}
network(parts, lines, ["inputs", "weighted sum + bias", "activation"])

# %%
z, _ = affine(np.array([[1.0, 2, 3]]), np.array([[1.0, -1, 0.5]]), np.array([5.0]))
print(z, relu(z)[0], relu(z - 10)[0])

# %% [markdown]
# Written as one formula, with the bias added once:

# %%
show("neuron.output#written")

# %% [markdown]
# One of our sources writes $f(\sum w_ix_i+b)$ with the bias grouped under the sum. Read literally, it
# is then added once per input:

# %%
D = Derivation("as_printed")
(inputs,) = D.sizes("D")
(d,) = D.indices(d=inputs)
w, x, b = D.tensor("w", inputs), D.tensor("x", inputs), D.scalar("b")
expect(
    Refuted,
    lambda: D.claim(
        "bias", D.Sum(d, w[d] * x[d] + b), D.Sum(d, w[d] * x[d]) + b, because="as printed"
    ),
)

# %% [markdown]
# Another one puts it outside of the maximum (4.14 as printed), which makes outputs below 0 possible:

# %%
D = Derivation("as_printed_4_14")
(inputs,) = D.sizes("D")
(d,) = D.indices(d=inputs)
w, x, b = D.tensor("w", inputs), D.tensor("x", inputs), D.scalar("b")
s = D.Sum(d, w[d] * x[d])
right, printed = D.step(s + b) * (s + b), D.step(s) * s + b
expect(Refuted, lambda: D.claim("neuron", right, printed, because="as printed"))

# %% [markdown]
# (A bracket such as `1{s > 0}` is 1 where the condition holds and else 0; $\max(0,s)$ is `1{s > 0} s`,
# section 5.)
#
# How much does an input matter? As much as its weight, times the slope of the activation:

# %%
show("neuron.influence#weight")

# %% [markdown]
# "A larger weight means a more important input", says a source. It is the *absolute value* that
# counts, for inputs of comparable size. With weights (1, -5) and inputs (1, 1) the sum is -4; leave
# out one input at a time:

# %%
for inputs in ([0.0, 1.0], [1.0, 0.0]):
    print(inputs, affine(np.array([inputs]), np.array([[1.0, -5.0]]), np.zeros(1))[0])

# %% [markdown]
# The input with the smaller weight, -5, matters more. And one whose weight is 0, call it `i`, does not
# matter at all, whatever the activation:

# %%
show("neuron.cut#definition")

# %%
show("neuron.without#zero")

# %% [markdown]
# **Many neurons side by side.** They get the same input, each with its own weights, and do not see
# each other.

# %%
show("relu_stack.z#definition")

# %%
show("relu_stack.a#definition")

# %% [markdown]
# Stack them: the outputs are one entry per neuron,

# %%
show("relu_stack.layer#stack", tag="4.16")

# %% [markdown]
# each from its own weights and its own bias, which now stands where it belongs.

# %%
show("relu_stack.layer#rows", tag="4.17")

# %% [markdown]
# Put the weights of the neurons below each other as the rows of a matrix, and the biases into a
# vector,

# %%
show("relu_stack.W#definition")

# %%
show("relu_stack.B#definition")

# %% [markdown]
# and the layer is one affine map and one elementwise maximum, $\max(0, Wx+b)$ (4.18, 4.19):

# %%
show("relu_stack.layer#matrix", tag="4.19")

# %% [markdown]
# **XOR with two neurons, by hand.** Let one count the bright pixels, $a_0 = \max(0, x_0+x_1)$, and
# let the other see only the second of them, $a_1 = \max(0, x_0+x_1-1)$. Then $a_0 - 2a_1$ is 0, 1, 1,
# 0. Done:

# %%
w, b = np.array([[1.0, 1], [1, 1]]), np.array([0.0, -1])
a, _ = relu(affine(x_xor, w, b)[0])
print(a.tolist(), " a[0] - 2 a[1] =", a @ [1.0, -2])

# %%
border = Plane(a, lambda units: np.stack([0.5 + 0 * units[:, 0], units @ [1, -2]], axis=1))
panels = {"four images": Plane(x_xor), "two neurons": border._replace(names=("a[0]", "a[1]"))}
class_panels(panels, t_xor)

# %% [markdown]
# The neurons fold the plane: the two images of class 1 now lie on each other, at (1, 0), and a line
# separates them from the rest.
#
# ## 4. Why not without the bend?
#
# Two affine layers and nothing between them: would that do? Numbers: $a = 2x+1$, then $s = 3a-4$.
# Insert, and $s = 6x-1$. One line after another is a line. For all sizes:

# %%
show("affine_collapse.a#definition")

# %%
show("affine_collapse.s#definition")

# %%
show("affine_collapse.scores#affine")

# %% [markdown]
# That is one affine layer, with the weights $VW$ and the bias $Vb+c$. However many such layers you
# stack, the borders stay flat. (The sources say "linear"; with a bias it is *affine*, 仿射.) So each
# hidden layer ends with an activation function, and it must not be a straight line.

# %%
rng = np.random.default_rng(0)
three = Sequential(Affine(2, 5), Affine(5, 5), Affine(5, 2))
s, _ = three.apply(three.init(rng), x_xor)
print("three affine layers, both pairs:", np.allclose(s[1] + s[2], s[0] + s[3]))

# %% [markdown]
# ## 5. Activation functions
#
# Five of them, as the ops of this package compute them, and their slopes, as their `backward` does.

# %%
five = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh, "scaled_tanh": scaled_tanh}
activation_curves(five | {"softplus": softplus}, np.linspace(-4, 4, 161))

# %% [markdown]
# ### relu
#
# The *rectified linear unit* (线性整流单元, relu) is the one of section 3: negative numbers become 0,
# others pass.

# %%
show("relu.y#definition", tag="4.7")

# %%
show("relu.slope#step")

# %% [markdown]
# At 0 the picture has a kink and there is no slope. A program must return something, and it is a
# *convention*. Ours, recorded with the op, is 0:

# %%
print(RELU.kinks)
y, backward = relu(np.array([-1.0, 0.0, 2.0]))
print(y, backward(np.ones(3))[0])

# %% [markdown]
# Where do the sources stand?
#
# | source | what it says | slope at 0 |
# |---|---|---|
# | Zhang, 4.7 and 4.34 | $1\{z>0\}$ | 0 |
# | study notes, 1.11 | the text: "set to 1" | 1 |
# | the same, the formula after it | `if x>0 then 1 else 0` | 0 |
#
# The notes contradict themselves; to be 1 at 0 the formula would need `x >= 0`. Does the choice
# matter? Hardly ever: numbers that come out of sums are seldom exactly 0. But it matters if all
# parameters are 0 at the start: then every `z` is 0, and with slope 0 the weights never move.
#
# (The notes also write "elu" once, "whose derivative is 0 on the negative side", and mean relu. The
# *elu* is another function, and its slope is not 0 there:)

# %%
show("elu_slope.y#definition")

# %%
show("elu_slope.slope#exp")

# %% [markdown]
# What does the slope do to a gradient that arrives, `dy`? The *pseudo-loss* stands for whatever comes
# later (chapter 01, section 10):

# %%
show("relu.E#definition")

# %%
show("relu.dz#own")

# %%
show("relu.dz#slope")

# %%
show("relu.dz#conclusion")

# %% [markdown]
# The gradient passes where the unit is active and stops where it is not. **The SymPy cell**, at an
# active entry and at an inactive one:

# %%
z, dy = symbols("z", 1, 3), symbols("dy", 1, 3)
y, backward = relu(z)
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 2].expression)
print(by_sympy, "  difference:", by_sympy - backward(dy)[0][0, 2].expression)

# %%
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 1].expression)
print(by_sympy, "  difference:", by_sympy - backward(dy)[0][0, 1].expression)

# %% [markdown]
# On symbols, the program has to be told which entries are positive. The tie goes through all the
# ways to choose:

# %%
print(tie(RELU, RELU.cases[0]).verdict)

# %% [markdown]
# Since $1\{z>0\}$ is 0 or 1, masking twice is the same as masking once. So a program may read the
# mask off the *output*: $a>0$ exactly where $z>0$.

# %%
show("relu_kink.y#definition")

# %%
show("relu_kink.masked#same")

# %% [markdown]
# ### sigmoid
#
# The *logistic sigmoid* squashes any number into the interval between 0 and 1. By hand:
# $\sigma(0)=\frac12$, and $\sigma(\log 3)=\frac1{1+1/3}=\frac34$.

# %%
show("sigmoid.y#definition", tag="4.8")

# %% [markdown]
# Its slope is the derivative of a reciprocal,

# %%
show("sigmoid.slope#quotient")

# %% [markdown]
# and can be had from the output alone. That is the form to remember.

# %%
show("sigmoid.slope#value")

# %%
z = np.array([0.0, np.log(3.0)])
y, backward = sigmoid(z)
print(y.round(12), "slopes", backward(np.ones(2))[0].round(12), "= 1/2·1/2 and 3/4·1/4")

# %% [markdown]
# A gradient that arrives is multiplied by it:

# %%
show("sigmoid.E#definition")

# %%
show("sigmoid.dz#own")

# %%
show("sigmoid.dz#slope")

# %%
show("sigmoid.dz#conclusion")

# %%
z, dy = symbols("z", 1, 2), symbols("dy", 1, 2)
y, backward = sigmoid(z)
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[0][0, 1].expression))

# %% [markdown]
# A classic slip: to put the *input* into $y(1-y)$.


# %%
def slope_of_the_input(z):
    y, _ = sigmoid(z)
    return y, lambda dy: (dy * z * (1 - z),)


expect(Broken, lambda: tie(replace(SIGMOID, forward=slope_of_the_input), SIGMOID.cases[0]))

# %% [markdown]
# **Facts.** Left and right of 0 the values mirror each other about $\frac12$:

# %%
show("activation_facts.symmetry#one")

# %% [markdown]
# So for inputs spread evenly around 0 the mean output is $\frac12$. A retelling of Bouvrie's notes
# says that it tends to 0 and therefore asks for centred data. Not so:

# %%
D = Derivation("as_retold")
z = D.scalar("z")
mean = (D.sigmoid(z) + D.sigmoid(-z)) / 2
expect(Refuted, lambda: D.claim("mean", mean, 0, because="as retold"))

# %% [markdown]
# Bounds 0 and 1 are never reached, either: the range is the open interval $(0,1)$. How steep can it
# be?

# %%
show("activation_facts.y#definition")

# %%
show("activation_facts.bound#square")

# %%
show("activation_facts.slope#not-negative")

# %% [markdown]
# At most $\frac14$, and that only at $z=0$, where $y=\frac12$. Section 6 shows what follows.
#
# Zhang adds that the sigmoid costs more to compute than the relu, works less well, and has become
# rare outside of one kind of network, the LSTM. The study notes say that the *derivative* is what
# costs: four floating-point operations. It is the exponential of the forward pass; once `y` is
# there, $y(1-y)$ is one subtraction and one product.
#
# ### tanh
#
# The *hyperbolic tangent* (双曲正切) is the sigmoid's centred relative, between -1 and 1.

# %%
show("tanh.y#definition")

# %% [markdown]
# Quotient rule; the squares of sum and difference differ by 4:

# %%
show("tanh.slope#quotient")

# %% [markdown]
# Here, too, the output is enough:

# %%
show("tanh.slope#value")

# %%
z, dy = symbols("z", 1, 2), symbols("dy", 1, 2)
y, backward = tanh(z)
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 0].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[0][0, 0].expression))

# %% [markdown]
# It is odd, so this one does have mean 0 for inputs spread evenly around 0,

# %%
show("activation_facts.odd#minus")

# %% [markdown]
# and it is a sigmoid, stretched and moved. Its slope reaches 1, four times that of the sigmoid.

# %%
show("activation_facts.relation#sigmoid")

# %% [markdown]
# ### scaled_tanh
#
# LeCun's constants: 1 goes to 1 and -1 to -1, which are values well inside of the range. So they can
# be targets that the output reaches.

# %%
show("scaled_tanh.y#definition")

# %%
print(f"{scaled_tanh(np.array([1.0]))[0][0]:.4f}")

# %%
show("scaled_tanh.slope#chain")

# %%
show("scaled_tanh.slope#value")

# %%
z, dy = symbols("z", 1, 2), symbols("dy", 1, 2)
y, backward = scaled_tanh(z)
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[0][0, 1].expression))

# %% [markdown]
# ### softplus
#
# A relu with its kink rounded off.

# %%
show("softplus.y#definition")

# %%
show("softplus.slope#log")

# %% [markdown]
# Its slope is an old friend:

# %%
show("softplus.slope#sigmoid")

# %%
z, dy = symbols("z", 1, 2), symbols("dy", 1, 2)
y, backward = softplus(z)
by_sympy = sympy.diff((dy * y).sum().expression, z[0, 0].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[0][0, 0].expression))

# %% [markdown]
# With the relu it shares $\max(0,z)-\max(0,-z)=z$:

# %%
show("activation_facts.softplus#linear")

# %% [markdown]
# For the last three ops, the step from the slope to the gradient is the one of relu and sigmoid:
# `dy` times the slope. The tie has compared it with SymPy and with the derivation all the same,
# entry by entry:

# %%
for op in (SIGMOID, TANH, SCALED_TANH, SOFTPLUS):
    print(f"{op.name:12}", tie(op, op.cases[0]).verdict)

# %% [markdown]
# ## 6. Gradients that vanish, units that die
#
# ### Through ten layers
#
# On its way back to the input, a gradient is multiplied by one slope per layer (and by weights).
# Ten sigmoids leave of it, at best,

# %%
print(Fraction(1, 4) ** 10, "=", f"{0.25**10:.1e}")

# %% [markdown]
# times the weights. That is the *vanishing gradient* (梯度消失, 梯度弥散). Measured: digits go into
# networks of ten hidden layers with 32 units each, before any training. How large is the gradient of
# the weights, layer by layer?

# %%
digits = load_digits(np.float64)
images, labels = digits.x_train, digits.t_train


# %%
def gradient_sizes(activation, initialise):
    deep = mlp(64, *[32] * 10, 10, activation=activation, initialise=initialise)
    _, grads = loss_and_gradient(deep, deep.init(np.random.default_rng(0)), images, labels)
    return [np.sqrt((layer["w"] ** 2).mean()) for layer in grads if layer]


sizes = {"relu": gradient_sizes("relu", "he"), "sigmoid": gradient_sizes("sigmoid", "xavier")}
measured(sizes["sigmoid"][0] / sizes["sigmoid"][-1], 1e-7, 2e-6, label="sigmoid, first : last")
measured(sizes["relu"][0] / sizes["relu"][-1], 0.2, 1, label="relu, first : last")

# %%
by_layer(sizes, "size of the gradient of w")

# %% [markdown]
# The vertical axis counts in powers of ten. With sigmoids the first layer gets less than a millionth
# of what the last one gets: it will not learn. With relus all layers get about the same. (`he` and
# `xavier` are two ways to choose the size of the random weights; chapter 05 derives them.)
#
# "So with relu gradients do not vanish", say the study notes. That is too much said. The relu removes
# one factor, the slope; the weights are still there. Thirty layers of one unit, all of them active,
# all weights 1/2:

# %%
thin = Sequential(*[Affine(1, 1), Relu()] * 30)
params = ({"w": np.array([[0.5]]), "b": np.zeros(1)}, {}) * 30
_, backward = thin.apply(params, np.ones((1, 1)), need_dx=True)
dx, _ = backward(np.ones((1, 1)))
print(dx.item(), dx.item() == 0.5**30)

# %% [markdown]
# ### A unit that says nothing
#
# The price of the relu: an inactive unit gets no gradient at all. On a *batch* that means: the unit
# does not learn from the samples that leave it inactive, and learns from the others. In numbers: one
# unit with weight 1 and bias -1, two samples, 0 and 2.

# %%
x, params = np.array([[0.0], [2.0]]), ({"w": np.array([[1.0]]), "b": np.array([-1.0])}, {})
unit = Sequential(Affine(1, 1), Relu())
y, backward = unit.apply(params, x)
_, (gradient, _) = backward(np.array([[-1.0], [-1.0]]))  # a later step wants more output
print("outputs", y.ravel(), " dw", gradient["w"].item(), " db", gradient["b"].item())

# %% [markdown]
# The first sample leaves the unit silent, the gradient comes from the second one alone. A step with
# learning rate 1.5, and the first sample wakes it up:

# %%
params = ({name: params[0][name] - 1.5 * gradient[name] for name in gradient}, {})
print({name: array.item() for name, array in params[0].items()})
print("outputs", unit.apply(params, x)[0].ravel())

# %% [markdown]
# So "once negative, never trained" (study notes) is true only per sample. But with bias -3 *both*
# samples are on the silent side, the gradient is exactly 0, and gradient descent has no way to bring
# the unit back. It is *dead* (死亡).

# %%
_, backward = unit.apply(({"w": np.array([[1.0]]), "b": np.array([-3.0])}, {}), x)
print(backward(np.array([[-1.0], [-1.0]]))[1][0])

# %% [markdown]
# How does a unit get there? By a step that was too large, as section 14 shows. The good side: for each
# input only some units are active, which keeps the representation *sparse* (稀疏激活).
#
# ## 7. Losses
#
# A *loss* (损失函数, also 成本函数 or 目标函数) is small when the outputs are close to the truth, and
# training makes it small. For labels of K classes, chapter 01 has one: cross-entropy of the scores.
# Two others belong to the networks of our sources.
#
# ### Squared error
#
# *Squared error* (均方误差) is for outputs that are to equal given numbers. Classes are coded as
# numbers, too: the output of the right class should be 1 and the others 0, or 1 and -1 with tanh
# (values that sigmoid and tanh only approach). By hand: outputs (0.75, 0.5), targets (1, 0):
# $\frac12(0.25^2+0.5^2)=\frac5{32}$.

# %%
show("squared_error.err#definition")

# %%
show("squared_error.E#definition")

# %%
y, t = np.array([[0.75, 0.5]]), np.array([[1.0, 0.0]])
loss, backward = squared_error(y, t)
print(loss, 5 / 32, backward(1)[0])

# %% [markdown]
# Bouvrie's notes add the samples up; this course takes their mean, and with `reduction="sum"` the op
# does as they do:

# %%
show("squared_error[sum].E#definition")

# %% [markdown]
# In the source of the 2-2-2 example below, the square is missing. Then errors of
# opposite sign would cancel: for targets (1, 0) and outputs (0, 1) the printed formula gives 0. The
# checker needs a single output to object:

# %%
D = Derivation("as_printed_error")
(K,) = D.sizes("K")
(k,) = D.indices(k=K)
y, t = D.tensor("y", K), D.tensor("t", K)
squares, no_squares = D.Sum(k, (t[k] - y[k]) ** 2) / 2, D.Sum(k, t[k] - y[k]) / 2
expect(Refuted, lambda: D.claim("error", squares, no_squares, because="as printed"))

# %% [markdown]
# The derivative: one term of the sum contains `y[n,k]`,

# %%
show("squared_error.dy#power")

# %% [markdown]
# and the 2 cancels the 1/2 that was put there for this.

# %%
show("squared_error.dy#sift")

# %%
show("squared_error.dy#conclusion")

# %%
y, t = symbols("y", 2, 2), symbols("t", 2, 2)
loss, backward = squared_error(y, t)
by_sympy = sympy.diff(loss.expression, y[1, 0].expression)
print(by_sympy, "  difference:", sympy.simplify(by_sympy - backward(1)[0][1, 0].expression))

# %% [markdown]
# Break it: forget the mean over the samples.


# %%
def no_mean(y, t, reduction="mean"):
    loss, _ = squared_error(y, t)
    return loss, lambda dE: ((y - t) * dE,)


expect(Broken, lambda: tie(replace(SQUARED_ERROR, forward=no_mean), SQUARED_ERROR.cases[0]))

# %% [markdown]
# ### Binary cross-entropy
#
# For yes-or-no answers, one sigmoid each. Let `p` be the probability of yes,

# %%
show("binary_cross_entropy.p#definition")

# %% [markdown]
# and pay, as in chapter 01, minus the logarithm of the probability of what was true. By hand: $z=\log
# 3$ means $p=\frac34$. If the answer is yes (`t = 1`) the loss is $-\log\frac34$, if it is no it is
# $-\log\frac14$. The op works on `z`, the *logit*:

# %%
show("binary_cross_entropy.err#definition")

# %%
show("binary_cross_entropy.E#definition")

# %% [markdown]
# It is the same thing, since $1-p = e^{-z}p$:

# %%
show("binary_cross_entropy.meaning#likelihood")

# %%
z = np.array([[np.log(3.0)]])
for t in (1.0, 0.0):
    print(f"{binary_cross_entropy(z, np.array([[t]]))[0]:.4f}", end="  ")
print(f"{np.log(4 / 3):.4f}  {np.log(4):.4f}")

# %% [markdown]
# Its derivative:

# %%
show("binary_cross_entropy.dz#own")

# %%
show("binary_cross_entropy.dz#log")

# %%
show("binary_cross_entropy.dz#sigmoid")

# %%
show("binary_cross_entropy.dz#conclusion")

# %% [markdown]
# Probability minus target, just as for softmax. The slope of the sigmoid has cancelled.

# %%
z, t = symbols("z", 1, 2), symbols("t", 1, 2)
inside = np.array([[Fraction(1, 3), Fraction(1)]])  # targets are numbers from 0 to 1
loss, backward = binary_cross_entropy(z, inside)
by_sympy = sympy.diff(loss.expression, z[0, 1].expression)
print("difference:", sympy.simplify(by_sympy - backward(1)[0][0, 1].expression))

# %%
for op in (SQUARED_ERROR, BINARY_CROSS_ENTROPY):
    print(f"{op.name:21}", tie(op, op.cases[0]).verdict)

# %% [markdown]
# Why does that matter? Compare the two losses on one sigmoid unit whose answer should be yes. Where
# the unit is badly wrong, far left, squared error has almost no slope: the more wrong, the slower it
# learns. Cross-entropy pulls with full strength.

# %%
z = np.linspace(-8, 4, 121)
y, through = sigmoid(z)
_, backward = binary_cross_entropy(z[:, None], np.ones((121, 1)), reduction="sum")
slopes = {
    "squared error of a sigmoid": through(y - 1)[0],
    "binary cross-entropy": backward(1)[0][:, 0],
}
curves(z, slopes, "z (the answer should be yes)", "slope of the loss")

# %% [markdown]
# And no logit is too large for the op, where the textbook formula meets `log(0)`:

# %%
print(binary_cross_entropy(np.array([[1000.0]]), np.array([[0.0]]))[0])

# %% [markdown]
# ## 8. A network, forwards
#
# Now put the pieces together. Information goes one way, from the *input layer* (输入层) through
# *hidden layers* (隐藏层) to the *output layer* (输出层). In a *fully connected* (全连接) layer each
# unit sees all outputs of the layer before; there are no connections inside a layer, and none that
# jump over one.

# %% [markdown] tags=["definition"]
# One layer is an affine map and an activation,
#
# $$z = W^{(l)} a + b^{(l)}, \qquad l = 1,\dots,L-1, \tag{4.5}$$
#
# $$\phi_l(a) = \max(0, z), \qquad l = 1,\dots,L-1. \tag{4.6}$$
#
# With the input as layer 0, the network is a recursion. The last layer has no activation; its output
# are the scores.
#
# $$a^{(0)} = x, \tag{4.9}$$
#
# $$a^{(l)} = \max(0,\ W^{(l)} a^{(l-1)} + b^{(l)}), \qquad l = 1,\dots,L-1, \tag{4.10, 4.20}$$
#
# $$h(x) = W^{(L)} a^{(L-1)} + b^{(L)}. \tag{4.11, 4.21}$$

# %% [markdown]
# Three hidden layers, with any activation `f`:

# %%
show("deep_net.phi1#definition")

# %%
show("deep_net.phi2#definition")

# %%
show("deep_net.phi#definition")

# %%
show("deep_net.s#definition", tag="4.3")

# %% [markdown]
# Inserted into each other, they are the nested map of 4.1,

# %%
show("deep_net.nested#maps", tag="4.1")

# %% [markdown]
# and whatever the layers below do, for the last one they are just its input:

# %%
show("deep_net.linear#feature")

# %% [markdown]
# **How many layers is that?** Zhang does not count the input: two hidden layers and an output are a
# 3-layer network. The source of the 2-2-2 example counts it, and calls a network with *one* hidden
# layer 3-layered; its hidden layer has the number 2. This course says how many hidden layers there
# are.

# %%
model = mlp(64, 40, 10, initialise="he")
print(model)
params = model.init(np.random.default_rng(0))
print({name: array.shape for name, array in named_arrays(params)})
print("parameters:", sum(array.size for _, array in named_arrays(params)))

# %% [markdown]
# By hand: $64\cdot40+40+40\cdot10+10=3010$. Forward, in components for one unit of the first image,
# and in matrix form for all images at once:

# %%
flat, (_, first, _, last) = images.reshape(-1, 64), params
one = max(0, sum(first["w"][7, d] * flat[0, d] for d in range(64)) + first["b"][7])
hidden = np.maximum(0, flat @ first["w"].T + first["b"])
scores = hidden @ last["w"].T + last["b"]
print(np.isclose(one, hidden[0, 7]), np.allclose(scores, model.apply(params, images)[0]))

# %% [markdown]
# The objective is that of chapter 01, with the scores of the network and a penalty (正则化) for the
# weights of every layer; `strength` is $\lambda$. For one hidden layer:

# %%
show("network_objective.a#definition")

# %%
show("network_objective.s#definition", tag="4.24")

# %%
show("network_objective.err#definition")

# %%
show("network_objective.J#definition", tag="4.23")

# %%
show("network_objective.objective#quotient", tag="4.22")

# %% [markdown]
# Gradient descent needs the derivatives by all these weights. The last layer is the linear
# classifier of chapter 01. But what is the derivative by a weight of the first layer? Writing it out
# as one formula is hopeless for ten layers, and not needed. The scheme that computes it is
# *backpropagation* (反向传播), and the next three sections derive it three times.
#
# ## 9. Backpropagation I: every path, on paper
#
# Two inputs, two hidden units, two outputs, sigmoids throughout, squared error. The numbers are
# chosen so that you can do all of it with fractions: the biases contain $\log 3$, and
# $\sigma(\log 3)=\frac34$, $\sigma(0)=\frac12$.
#
# | | weights | biases |
# |---|---|---|
# | input to hidden | `w = [[2, -1], [1, 1]]` | $b=(0,\ \log3-3)$ |
# | hidden to output | `v = [[3, 1], [-1, 2]]` | $c=(\log3-\frac94,\ -1)$ |
#
# The input is $x=(1,2)$ and the target $t=(1,0)$. That makes $2\cdot2+2+2\cdot2+2=12$ parameters.
#
# ### Forwards
#
# - Hidden unit 0: $2\cdot1-1\cdot2+0=0$, so $a_0=\sigma(0)=\frac12$.
# - Hidden unit 1: $1\cdot1+1\cdot2+\log3-3=\log 3$, so $a_1=\frac34$.
# - Output 0: $3\cdot\frac12+1\cdot\frac34+\log3-\frac94=\log3$, so $y_0=\frac34$.
# - Output 1: $-1\cdot\frac12+2\cdot\frac34-1=0$, so $y_1=\frac12$.
# - Error: $\frac12\left((\frac34-1)^2+(\frac12-0)^2\right)=\frac5{32}$.

# %%
columns = [["x[0] = 1", "x[1] = 2"], ["a[0] = 1/2", "a[1] = 3/4"], ["y[0] = 3/4", "y[1] = 1/2"]]
weights = {(0, 0, 0): "2", (0, 1, 0): "-1", (0, 0, 1): "1", (0, 1, 1): "1"}
weights |= {(1, 0, 0): "3", (1, 1, 0): "1", (1, 0, 1): "-1", (1, 1, 1): "2"}
network(columns, weights, ["input", "hidden, weights w", "output, weights v"])

# %% [markdown]
# The code, on the same numbers. `fractions` prints the nearest simple fraction.


# %%
def fractions(array):
    return [str(Fraction(each).limit_denominator(2048)) for each in np.ravel(array).tolist()]


x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
w, b = np.array([[2.0, -1.0], [1.0, 1.0]]), np.array([0.0, np.log(3) - 3])
v, c = np.array([[3.0, 1.0], [-1.0, 2.0]]), np.array([np.log(3) - 9 / 4, -1.0])

# %%
net = Sequential(Affine(2, 2), Sigmoid(), Affine(2, 2), Sigmoid())
params = ({"w": w, "b": b}, {}, {"w": v, "b": c}, {})
a, _ = sigmoid(affine(x, w, b)[0])
y, _ = net.apply(params, x)
print("a", fractions(a), " y", fractions(y), " E", fractions(squared_error(y, t)[0]))

# %% [markdown]
# In the letters of the checker. The source counts the input as layer 1, so its hidden layer has the
# number 2 and its output the number 3.

# %%
show("chain_rule_net.z2#definition")

# %%
show("chain_rule_net.a2#definition")

# %%
show("chain_rule_net.z3#definition")

# %%
show("chain_rule_net.a3#definition")

# %%
show("chain_rule_net.e#definition")

# %% [markdown]
# The first of them as a matrix times a vector:

# %%
show("chain_rule_net.matrix#product")

# %% [markdown]
# Two slips of the source, to meet here. It calls $a_1^2$, the *output* of the first hidden unit, the
# input of the second one. As its own formula says, that one gets the two inputs of the net, too:

# %%
show("chain_rule_net.second#written")

# %% [markdown]
# And it ends the forward pass with $A^3=W^3A^2+B^3$. That is only $z^3$; the sigmoid is missing.

# %%
show("chain_rule_net.output#written")

# %%
z, _ = affine(a, v, c)
print("as printed:", z.round(4)[0] + 0, " with the sigmoid:", y.round(4)[0])

# %% [markdown]
# ### Backwards: a weight of the last layer
#
# How does `v[0,0]` act on the error? It changes $z$ of output 0, that changes $y_0$, that changes the
# error. Three factors (链式法则, the chain rule):
#
# - the error by $y_0$: $y_0-t_0=-\frac14$,
# - $y_0$ by its $z$: the slope $\frac34\cdot\frac14=\frac3{16}$,
# - that $z$ by the weight: $a_0=\frac12$.
#
# Together $-\frac14\cdot\frac3{16}\cdot\frac12=-\frac3{128}$. In letters, for the error of output 0:

# %%
show("chain_rule_net.dv_first#chain")

# %%
show("chain_rule_net.dv_first#value")

# %% [markdown]
# The weight beside it meets the other hidden unit, and that is all that changes,

# %%
show("chain_rule_net.dv_second#chain")

# %%
show("chain_rule_net.dv_second#value")

# %% [markdown]
# and the bias meets a 1.

# %%
show("chain_rule_net.dc#chain")

# %%
show("chain_rule_net.dc#value")

# %% [markdown]
# The first factors are the same every time. Give them a name:

# %%
show("chain_rule_net.top#definition")

# %% [markdown]
# In numbers $\delta^3_0=-\frac14\cdot\frac3{16}=-\frac3{64}$, and for output 1 it is
# $\frac12\cdot\frac14=\frac18$. Then the gradient of `v` is a multiplication table: the row
# $\delta^3_0\,a=(-\frac3{128},-\frac9{256})$ and the row $\delta^3_1\,a=(\frac1{16},\frac3{32})$.
#
# ### Backwards: a weight of the first layer
#
# `w[0,0]` acts through hidden unit 0, and from there on *both* outputs:
#
# - by output 0: $\delta^3_0\,v_{0,0}=-\frac3{64}\cdot3=-\frac9{64}$,
# - by output 1: $\delta^3_1\,v_{1,0}=\frac18\cdot(-1)=-\frac8{64}$,
# - the sum, times the slope of the hidden unit, $\frac12\cdot\frac12$:
#   $\delta^2_0=-\frac{17}{64}\cdot\frac14=-\frac{17}{256}$,
# - times the input, $x_0=1$: $-\frac{17}{256}$.
#
# For hidden unit 1: $(-\frac3{64}\cdot1+\frac18\cdot2)\cdot\frac3{16}=\frac{13}{64}\cdot\frac3{16}
# =\frac{39}{1024}$. In letters, first the path over output 0 alone:

# %%
show("chain_rule_net.dw#chain")

# %%
show("chain_rule_net.dw#value")

# %%
show("chain_rule_net.dw#shared")

# %% [markdown]
# The bias again without the last factor:

# %%
show("chain_rule_net.db#chain")

# %%
show("chain_rule_net.db#value")

# %%
show("chain_rule_net.db#shared")

# %% [markdown]
# And both paths together:

# %%
show("chain_rule_net.total#paths")

# %% [markdown]
# Does the code agree with the pencil, all twelve numbers?

# %%
loss, grads = loss_and_gradient(net, params, x, t, loss=squared_error)
for name, gradient in named_arrays(grads):
    print(name, fractions(gradient))

# %% [markdown]
# `0.w` and `0.b` are the first layer, `2.w` and `2.b` the last. Every fraction is there. And now for
# all sizes and all numbers, in the letters of the checker:

# %%
show("two_layer_net.a#definition")

# %%
show("two_layer_net.y#definition")

# %%
show("two_layer_net.E#definition")

# %% [markdown]
# The shared factors get names, for the output

# %%
show("two_layer_net.top#definition")

# %% [markdown]
# and for the hidden layer, where every output sends back its share:

# %%
show("two_layer_net.low#definition")

# %% [markdown]
# All four gradients:

# %%
show("two_layer_net.dv#delta")

# %%
show("two_layer_net.dc#delta")

# %%
show("two_layer_net.dw#delta")

# %%
show("two_layer_net.db#delta")

# %% [markdown]
# **The SymPy cell** for the whole network: the program of the digits, run on letters.

# %%
w_, b_, v_, c_ = symbols("w", 2, 2), symbols("b", 2), symbols("v", 2, 2), symbols("c", 2)
letters = ({"w": w_, "b": b_}, {}, {"w": v_, "b": c_}, {})
loss, (lower, _, upper, _) = loss_and_gradient(
    net, letters, symbols("x", 1, 2), symbols("t", 1, 2), loss=squared_error
)

# %%
by_sympy = sympy.diff(loss.expression, w_[0, 1].expression)
print("w[0,1] difference:", sympy.factor(by_sympy - lower["w"][0, 1].expression))
by_sympy = sympy.diff(loss.expression, b_[1].expression)
print("b[1] difference:", sympy.factor(by_sympy - lower["b"][1].expression))

# %%
by_sympy = sympy.diff(loss.expression, v_[1, 0].expression)
print("v[1,0] difference:", sympy.factor(by_sympy - upper["w"][1, 0].expression))
by_sympy = sympy.diff(loss.expression, c_[0].expression)
print("c[0] difference:", sympy.factor(by_sympy - upper["b"][0].expression))

# %% [markdown]
# All twelve of them:

# %%
unknowns = np.concatenate([each.ravel() for each in (w_, b_, v_, c_)])
ours = np.concatenate([lower["w"].ravel(), lower["b"], upper["w"].ravel(), upper["b"]])
pairs = [(p.expression, g.expression) for p, g in zip(unknowns, ours, strict=True)]
found = {sympy.factor(sympy.diff(loss.expression, p) - g) for p, g in pairs}
print(len(pairs), "derivatives; the differences that occur:", found)

# %% [markdown]
# ### What the source prints
#
# It derives five of the twelve, for the error of output 0 alone, and slips in three ways.
#
# *Layer numbers.* By its own definition $w_{jk}^l$ leads *into* layer $l$, so hidden-to-output
# weights have the number 3, input-to-hidden weights the number 2, and layer 1 has none. The results
# are printed for $w_{11}^2$, $w_{12}^2$ and $w_{11}^1$: one too low (the middle of its own derivation
# has $w_{11}^3$). The number printed for $w_{11}^2$, $-\frac3{128}$, belongs to `v[0,0]`; the
# derivative of that error by $w_{11}^2$, our `w[0,0]`, is $-\frac9{64}\cdot\frac14\cdot1$:

# %%
only_first = loss_and_gradient(net, params, x, np.array([[1.0, y[0, 1]]]), loss=squared_error)[1]
print("v[0,0]", fractions(only_first[2]["w"][0, 0]), " w[0,0]", fractions(only_first[0]["w"][0, 0]))

# %% [markdown]
# (The target of output 1 was set to its value, so that only output 0 has an error.)
#
# *A parenthesis.* In the two longer formulas the one after $1-\mathrm{sigmoid}(z_1^3)$ is missing.
# Closed where it belongs, and closed at the very end:

# %%
F = Fraction
right = F(-1, 4) * F(3, 4) * (1 - F(3, 4)) * 3 * F(1, 2) * (1 - F(1, 2)) * 1
at_the_end = F(-1, 4) * F(3, 4) * (1 - F(3, 4) * 3 * F(1, 2) * (1 - F(1, 2)) * 1)
print("after the 1 - 3/4:", right, " at the end:", at_the_end)

# %% [markdown]
# *The other output.* What is wanted is the derivative of the whole cost, and hidden weights reach
# both outputs. The path over output 0 alone gives $-\frac9{256}$, both together $-\frac{17}{256}$, as
# above. (The source announces the whole cost and stops at one output.)
#
# ## 10. Backpropagation II: one step, repeated
#
# Look at what was done twice: from the deltas of a layer to those of the layer below. That step is
# the whole algorithm.
#
# **What is a delta?** The derivative of the loss by the weighted input of a unit. At the output of a
# net, with squared error and any differentiable `f`:

# %%
show("sensitivity.y#definition")

# %%
show("sensitivity.E#definition")

# %%
show("sensitivity.delta#definition")

# %%
show("sensitivity.output#slope")

# %% [markdown]
# It is also the derivative by the bias, for the bias is added with the factor 1. Let `q` be the input
# without its bias:

# %%
show("sensitivity.moved#definition")

# %%
show("sensitivity.input#one")

# %%
show("sensitivity.bias#slope")

# %% [markdown]
# Bouvrie calls delta the *sensitivity* of the unit: how much the loss minds its bias.
#
# **The start: the output layer**, now with its weights:

# %%
show("output_layer.z#definition")

# %%
show("output_layer.delta#definition")

# %%
show("output_layer.db#chain")

# %%
show("output_layer.db#delta")

# %% [markdown]
# And the weights get it times what came in:

# %%
show("output_layer.dw#chain")

# %%
show("output_layer.dw#sift")

# %% [markdown]
# **The step: from layer $l+1$ to layer $l$.** Layer $l$ has inputs `x`, weights `w`, outputs `a`; the
# layer above has the weights `v` and the inputs $z^+$.

# %%
show("backprop_step.z#definition")

# %%
show("backprop_step.a#definition")

# %%
show("backprop_step.zz#definition")

# %% [markdown]
# Now the assumption of an induction (归纳法): for the layer *above*, delta is already the derivative of
# the loss by its $z^+$. Then a small change in layer $l$ changes the loss as it changes this sum:

# %%
show("backprop_step.E#definition")

# %% [markdown]
# Claim: this is the delta of layer $l$. (It is formula (1) of Bouvrie's notes: the weights of the
# layer above, transposed, times its deltas, times the slope.)

# %%
show("backprop_step.delta#definition")

# %% [markdown]
# Proof. A bias acts through the outputs of its layer,

# %%
show("backprop_step.db#chain")

# %%
show("backprop_step.db#slope")

# %% [markdown]
# and only one of them contains it:

# %%
show("backprop_step.db#delta")

# %% [markdown]
# So delta is the derivative by the bias, hence by `z`, and the assumption holds for layer $l$, too.
# The weights:

# %%
show("backprop_step.dw#chain")

# %%
show("backprop_step.dw#sift")

# %% [markdown]
# And what goes on to the layer below:

# %%
show("backprop_step.dx#chain")

# %%
show("backprop_step.dx#transpose")

# %% [markdown]
# What exactly has been shown? The start holds for any `f` and any width, with squared error. (For
# softmax and cross-entropy the start is in section 11; there delta is $p-e_t$, without any slope.) The
# step holds for any `f` and any three widths: from a layer whose delta is known to the one below it.
# Start and step together are an induction over the layers, and each line of the step says in its tag
# what it takes for granted. The number of layers does not occur: the step is used as often as needed.
#
# In NumPy the step is one line. On the numbers of section 9:

# %%
delta_3 = (y - t) * y * (1 - y)
delta_2 = (delta_3 @ v) * a * (1 - a)
print("delta 3:", fractions(delta_3), " delta 2:", fractions(delta_2))

# %% [markdown]
# **Why bother?** Because of the repeated factors. The number of *paths* from a weight to the loss
# multiplies with each layer; the recursion does each layer once. Ten layers of 32 units:

# %%
print(f"{32**9:,} paths for one weight; {10 * 32 * 32:,} products for all deltas")

# %% [markdown]
# **One constant will not do.** One source draws $\delta_1^1\sim w_{11}^2\delta_1^2+w_{21}^2\delta_2^2
# +\dots$, "proportional". The factor left out is the slope, and it is another one for each unit. Two
# units with the same weights (2, -1) and deltas (0.3, 0.5) above them, but $z=0.7$ and $z=-3$:

# %%
_, through = sigmoid(np.array([0.7, -3.0]))
arrives = 2 * 0.3 - 1 * 0.5
print("arrives:", round(arrives, 4), " delta:", through(np.full(2, arrives))[0].round(4))

# %% [markdown]
# **Which way round?** Bouvrie's paper writes the weight gradient as $x\,\delta^\top$, and the
# retelling calls it a cross product. It is an *outer* product (外积), and in the shape of `w`, one row
# per unit, it is $\delta x^\top$. Two units, four inputs:

# %%
delta, inputs = np.array([1.0, 2.0]), np.array([1.0, 0.0, 3.0, 5.0])
print(np.outer(delta, inputs).shape, np.outer(inputs, delta).shape)

# %% [markdown]
# (A cross product exists for vectors of three numbers.) The update with it is the *delta rule*: the
# negative learning rate, times sensitivity, times input.

# %%
show("delta_rule.z#definition")

# %%
show("delta_rule.E#definition")

# %%
show("delta_rule.delta#definition")

# %%
show("delta_rule.dw#step")

# %%
show("delta_rule.db#step")

# %% [markdown]
# The notes add that each weight may have a learning rate of its own. Chapter 05 meets methods that
# choose them.

# %%
show("delta_rule.own#step")

# %% [markdown]
# ## 11. Backpropagation III: vectors and masks
#
# Zhang writes the same with vectors, for relu. Numbers first: `x = (1, 2)`,
# `w = [[1, -1], [1, 1]]`, `b = (0, -1)`. Then $z=(-1,2)$ and $a=(0,2)$. Let the gradient by $a$ be $g=(5,3)$.
# The first unit is off, so its 5 is lost: $\delta=(0,3)$. Weights: $\delta x^\top$, a row of zeros and
# the row (3, 6). Input: $w^\top\delta=(3,3)$.

# %%
x_small, w_small = np.array([[1.0, 2.0]]), np.array([[1.0, -1.0], [1.0, 1.0]])
z, through_affine = affine(x_small, w_small, np.array([0.0, -1.0]))
a_small, through_relu = relu(z)
(delta,) = through_relu(np.array([[5.0, 3.0]]))
print(z, a_small, delta, *[each.tolist() for each in through_affine(delta)])

# %% [markdown]
# In general:

# %%
show("relu_layer.z#definition", tag="4.31")

# %%
show("relu_layer.a#definition", tag="4.32")

# %%
show("relu_layer.E#definition")

# %% [markdown]
# The chain rule with vectors takes the *transposed* Jacobian: $(\partial a/\partial z)^\top g$ (4.33).
# For an elementwise function that matrix is diagonal, for relu with 0 and 1 on it, so the product is
# a mask:

# %%
show("relu_layer.masked#definition", tag="4.34")

# %% [markdown]
# The bias,

# %%
show("relu_layer.db#mask", tag="4.38")

# %% [markdown]
# the weights, an outer product,

# %%
show("relu_layer.dw#outer", tag="4.37")

# %% [markdown]
# and the input. The Jacobian $\partial z/\partial x$ is `w`, and transposed it stands here (4.35):

# %%
show("relu_layer.dx#transpose", tag="4.36")

# %% [markdown]
# That the transpose is needed shows in the shapes. Four units on three inputs: `w` has shape (4, 3),
# four deltas come in, three numbers must go out.

# %%
_, backward = affine(np.ones((1, 3)), np.arange(12.0).reshape(4, 3), np.zeros(4))
print(backward(np.array([[1.0, 0, 0, 1]]))[0], "the sum of the first and the last row of w")

# %% [markdown]
# ### Three slips, each with a counterexample
#
# **4.29**, and again in Algorithm 2: the gradient of the last weights is printed as
# $(\nabla_{\vec s}\,\mathrm{err})\,\vec x^\top$. But the last layer does not see $\vec x$. With one hidden
# layer of any kind before the scores, and the loss of chapter 01:

# %%
show("softmax_net.a#definition")

# %%
show("softmax_net.s#definition", tag="4.28")

# %%
show("softmax_net.p#definition")

# %%
show("softmax_net.err#definition")

# %%
show("softmax_net.delta#definition", tag="4.27")

# %%
show("softmax_net.dv#chain")

# %%
show("softmax_net.dv#outer", tag="4.29")

# %%
show("softmax_net.dc#delta", tag="4.30")

# %% [markdown]
# Five inputs, four hidden units, three classes, and the printed product does not even have the right
# shape:

# %%
wide = mlp(5, 4, 3)
ds, x_wide = np.array([0.6, -0.7, 0.1]), np.ones(5)
print("as printed:", np.outer(ds, x_wide).shape, " needed:", wide.init(rng)[3]["w"].shape)

# %% [markdown]
# **4.36**, and again in Algorithm 2: printed with $W^\top$, without the number of the layer. Earlier
# the text says that $W$ stands for $W^{(L)}$. Three layers with whole numbers, all units active, and
# the gradient (1, -1) at the scores; first the program, then the recursion with the right matrix,
# then with $W^{(3)}$ throughout:

# %%
w1, w2 = np.array([[1.0, 2], [3, 1]]), np.array([[1.0, 0], [2, 1]])
w3, zero = np.array([[1.0, 1], [0, 2]]), np.zeros(2)
whole = ({}, {"w": w1, "b": zero}, {}, {"w": w2, "b": zero}, {}, {"w": w3, "b": zero})

# %%
one, ds = np.ones((1, 2)), np.array([[1.0, -1.0]])
_, backward = mlp(2, 2, 2, 2).apply(whole, one)
print("dw of layer 1:", backward(ds)[1][1]["w"].tolist())
for name, second in (("W(2)", w2), ("W(3)", w3)):
    print(f"with {name}:    ", ((ds @ w3 @ second).T @ one).tolist())

# %% [markdown]
# **Section 4.4.2** says to apply 4.33 to 4.38 from layer $L$ on. But layer $L$ has no relu (4.21), so
# no mask belongs there: it starts with 4.35, at $\nabla_{\vec z^{(L)}}=\nabla_{\vec s}$. Algorithm 2
# has it right. With both scores at -1 and label 0:

# %%
s = np.array([[-1.0, -1.0]])
ds = softmax(s)[0] - [1, 0]
print("gradient of the scores:", ds, " masked:", relu(s)[1](ds)[0])

# %% [markdown]
# Masked, the network would learn nothing from an image with two negative scores.
#
# ## 12. Three ways, one result
#
# The same twelve derivatives: by paths on paper (section 9), by the recursion (section 10), and by
# the program, which works with matrices as in section 11.

# %%
paper = {
    "0.w": [[-17 / 256, -17 / 128], [39 / 1024, 39 / 512]],
    "0.b": [-17 / 256, 39 / 1024],
    "2.w": [[-3 / 128, -9 / 256], [1 / 16, 3 / 32]],
    "2.b": [-3 / 64, 1 / 8],
}
recursion = {"0.w": delta_2.T @ x, "0.b": delta_2[0], "2.w": delta_3.T @ a, "2.b": delta_3[0]}
for name, program in named_arrays(grads):
    print(name, np.allclose(paper[name], program), np.allclose(recursion[name], program))

# %% [markdown]
# ### And one that is not the gradient
#
# The source of the example first tells another story: hand the output *errors* $e=y-t$ back, each
# hidden unit getting its share in proportion to the weights. Then it drops denominators until
# $e_h=W^\top e$ is left, which looks like backpropagation. Step by step, with exact fractions.
#
# *The shares.* An output error is to be split among the weights that *arrive* at this output:

# %%
show("error_split.r#definition")

# %%
show("error_split.p#definition")

# %%
show("error_split.split#definition")

# %% [markdown]
# (The upper `h` only says: an error of the hidden layer.) So nothing is lost and nothing is added,
# where these sums are not 0:

# %%
show("error_split.columns#one")

# %%
show("error_split.total#kept")

# %% [markdown]
# Printed are the sums of the weights that *leave* a hidden unit. With
# `W = [[1, 3], [1, 1]]` and the error (1, 0):

# %%
W, e = np.array([[F(1), F(3)], [F(1), F(1)]]), np.array([F(1), F(0)])
printed = (W / W.sum(axis=0)).T @ e  # column sums: what leaves
proper = (W / W.sum(axis=1, keepdims=True)).T @ e  # row sums: what arrives
print("printed:", *printed, " total", printed.sum(), "  proper:", *proper, " total", proper.sum())

# %% [markdown]
# The printed shares hand out $\frac54$ of an error of 1.
#
# *The denominators.* Dropping them is said to keep the proportions. With both errors 1, what is the
# ratio of the two hidden errors?

# %%
e = np.array([F(1), F(1)])
splits = {
    "printed": (W / W.sum(axis=0)).T @ e,
    "proper": (W / W.sum(axis=1, keepdims=True)).T @ e,
    "without": W.T @ e,
}
print({name: str(split[0] / split[1]) for name, split in splits.items()})

# %% [markdown]
# Three different ratios. Each output error has its own denominator. Only the shares of *one* error
# keep their proportions:

# %%
show("error_split.column#ratio")

# %% [markdown]
# *The result.* Is $W^\top e$ the gradient by the hidden outputs, at least? One line about the output
# layer was left for here, the gradient by what comes in:

# %%
show("output_layer.dx#transpose")

# %% [markdown]
# $W^\top\delta$, not $W^\top e$: the slope of the output units is missing. The checker says so with a
# single unit:

# %%
D = Derivation("errors_sent_back")
K, H = D.sizes("K H")
k, h = D.indices(k=K, h=H)
a_, v_, t_ = D.tensor("a", H), D.tensor("v", K, H), D.tensor("t", K)
y_ = D.define("y", (k,), D.sigmoid(D.Sum(h, v_[k, h] * a_[h])))
E, sent = D.Sum(k, (y_[k] - t_[k]) ** 2) / 2, D.Sum(k, v_[k, h] * (y_[k] - t_[k]))
expect(Refuted, lambda: D.claim("da", D.diff(E, a_[h]), sent, because="as printed"))

# %% [markdown]
# In our example $W^\top e=(-\frac54,\frac34)$, while the gradient is $W^\top\delta^3=(-\frac{17}{64},
# \frac{13}{64})$. Not even the proportions agree. Right is: transposed weights times *deltas*.
#
# ## 13. Algorithm 2 is what runs
#
# | step | in the source | here |
# |---|---|---|
# | start | $W^{(l)}\sim N(0, 0.01^2)$, $\vec b^{(l)}=\vec0$ | `Affine.init` |
# | draw a batch | $\{(\vec x^{(i)}, y^{(i)})\}$ | `batches`, in `fit` |
# | forwards, $l=1$ to $L-1$ | $\vec z^{(l)}$, $\vec a^{(l)}$ (4.31, 4.32) | the loop of `Sequential.apply` |
# | scores, loss, its gradient | 4.28, 4.27 (chapter 01: 3.47) | `cross_entropy` |
# | backwards, $l=L$ | 4.29 with $\vec a^{(L-1)}$, 4.30 | `backward` of the last `affine` |
# | backwards, $l=L-1$ to 1 | 4.34, 4.37, 4.38, 4.36 with $W^{(l)}$ | `backward` of `relu`, `affine` |
# | penalty | 4.23 | `l2_penalty` |
# | update, all layers at once | 4.25, 4.26 | `SGD.update` |
#
# The two loops, as they run, for layers of any kind:

# %%
print(inspect.getsource(Sequential.apply))

# %% [markdown]
# Forwards, each layer returns its output and a function that knows how to go back. Backwards, these
# functions are called in reversed order, each with what the one before returned. That is all of
# backpropagation. (One step is saved: the first layer's `dx` is the gradient by the pixels, which
# nobody asked for.)

# %% [markdown]
# The updates, for the hidden layer of section 8 and for the output layer (`rate` is $\alpha$):

# %%
show("network_objective.gd_w#mean", tag="4.25")

# %%
show("network_objective.gd_v#mean", tag="4.25")

# %% [markdown]
# The biases, which have no penalty:

# %%
show("network_objective.gd_b#mean", tag="4.26")

# %%
show("network_objective.gd_c#mean", tag="4.26")

# %% [markdown]
# One step of the program against these formulas, for the first layer of a network on three digits:

# %%
model, three = mlp(64, 8, 10), slice(0, 3)
old = model.init(np.random.default_rng(0))
single = [loss_and_gradient(model, old, images[[n]], labels[[n]])[1] for n in range(3)]
step = 0.5 / 3 * sum(gradient[1]["w"] for gradient in single)
by_formula = old[1]["w"] - step - 0.5 * 0.01 * old[1]["w"]
_, grads = loss_and_gradient(model, old, images[three], labels[three], l2=0.01)
(_, new, *_), _ = SGD(0.5).update(grads, (), old)
print(np.allclose(new["w"], by_formula, rtol=1e-12))

# %% [markdown]
# A word on words. One source calls the *adjusting* of the weights backpropagation. Backpropagation
# computes the gradient; the adjusting is gradient descent, and it lowers the error only if the step
# is small enough.
#
# ## 14. Training
#
# The samples are dealt into *batches* (批) in random order, each batch makes one step, and when every
# batch had its turn an *epoch* (周期) is over. 1,437 digits in batches of 32 make 45 steps. All of it
# as in chapter 01; what is new are the hills. (One source adds that a model trained by random batches
# does better on new data. We have not measured that.)
#
# ### The learning rate
#
# A network with 32 relus, ten epochs, three *learning rates* (学习速率).


# %%
def train(rate, momentum=0.0, epochs=10):
    settings = {"epochs": epochs, "batch_size": 32, "rng": np.random.default_rng(0)}
    model = mlp(64, 32, 10, initialise="he")
    return fit(model, images, labels, optimiser=SGD(rate, momentum), **settings)


bands = {0.01: (1.2, 1.7), 0.3: (0.05, 0.15), 2.0: (2.25, 2.4)}
runs = {rate: train(rate) for rate in bands}
for rate, run in runs.items():
    measured(run.history[-1].loss, *bands[rate], label=f"α = {rate}: loss of the last epoch")

# %% tags=["loose-figure"]
histories({f"α = {r}": [e.loss for e in run.history] for r, run in runs.items()}, xlabel="epoch")

# %% [markdown]
# Too small: it creeps. Right: it goes down. Too large: it hangs at $\log 10\approx2.3$, where every
# class has probability 1/10. It looks as if it had stopped trying, and it has: count the units that
# are silent for all 1,437 digits.

# %%
hidden_layer = Sequential(*mlp(64, 32, 10).layers[:3])
for rate, band in {0.01: (0, 4), 0.3: (0, 4), 2.0: (25, 32)}.items():
    outputs, _ = hidden_layer.apply(runs[rate].params[:3], images)
    dead = (outputs.max(axis=0) == 0).sum()
    measured(dead, *band, label=f"α = {rate}: dead units, of 32")

# %% [markdown]
# Too large a step threw the units over to the silent side of *all* digits, and from there nothing
# comes back (section 6). In the bowl of chapter 01 a too large rate swings and recovers when it is
# lowered. Here the damage stays.
#
# ### Momentum
#
# A ball that rolls does not turn at every stone. *Momentum* (动量) keeps a velocity `v`, to which the
# gradient adds:

# %% [markdown] tags=["definition"]
# $$v \leftarrow \mu v + \nabla J, \qquad \theta \leftarrow \theta - \alpha v, \qquad 0 \le \mu < 1.$$

# %% [markdown]
# The first two steps by hand, for a gradient that is always 1, with $\mu=0.9$: $v=1$, then $v=1.9$.
# It approaches $1/(1-\mu)=10$: along a steady slope momentum goes ten times as fast. Across a valley,
# where the gradient changes its sign at each step, the contributions cancel.

# %%
ball, theta = SGD(1.0, momentum=0.9), ({"theta": np.zeros(1)},)
slope, state = ({"theta": np.ones(1)},), ball.init(theta)
for _ in range(2):
    theta, state = ball.update(slope, state, theta)
    print("v =", state[0][0]["theta"].round(4), " theta =", theta[0]["theta"].round(4))

# %% [markdown]
# The valley of chapter 01, $J=\frac12(\theta_0^2+10\,\theta_1^2)$, forty steps without and with:


# %%
def descend(momentum, rate=0.02, steps=40):
    rule, path = SGD(rate, momentum), [np.array([-3.5, 1.0])]
    state = rule.init(({"theta": path[0]},))
    for _ in range(steps):
        gradient = ({"theta": path[-1] * [1, 10]},)
        (here,), state = rule.update(gradient, state, ({"theta": path[-1]},))
        path.append(here["theta"])
    return np.array(path)


# %%
along, across = np.linspace(-4, 1, 61), np.linspace(-1.3, 1.3, 61)
valley = (along[:, None] ** 2 + 10 * across**2) / 2
paths = {"no momentum": descend(0.0), "μ = 0.8": descend(0.8)}
paths_on_contours(along, across, valley, paths)

# %% [markdown]
# The circle is the start, the star the end. And on the digits:

# %%
runs = {"α = 0.03": train(0.03), "α = 0.03, μ = 0.9": train(0.03, momentum=0.9)}
for (name, run), band in zip(runs.items(), ((0.4, 0.75), (0.05, 0.16)), strict=True):
    measured(run.history[-1].loss, *band, label=f"{name}: loss of the last epoch")

# %% tags=["loose-figure"]
histories({name: [e.loss for e in run.history] for name, run in runs.items()}, xlabel="epoch")

# %% [markdown]
# (A plain rate of 0.3 would have done here as well: see above. Momentum earns its keep where a
# large rate is too much for some directions.)
#
# ### Centre the input
#
# Bouvrie's notes ask for data with mean 0 and variance 1 (归一化), and that is good advice, if not for
# the reason they give (section 5). The two sines once more, with the network of section 2, and once
# moved by 5 in both directions:

# %%
bends = mlp(2, 16, 2, 2, activation="tanh", initialise="he")
settings = {"optimiser": SGD(0.2, momentum=0.8), "epochs": 300, "batch_size": 50}
moved = fit(bends, x_sine + 5, t_sine, rng=np.random.default_rng(2), **settings)
measured(own.history[-1].train_accuracy, 0.95, 1, label="centred and scaled")
measured(moved.history[-1].train_accuracy, 0.45, 0.85, label="moved by 5")

# %% [markdown]
# Why? Moved by 5, the weighted inputs of the hidden units are far from 0, where a tanh is flat. The
# mean slope of the 16 tanh, before any training:

# %%
fresh = bends.init(np.random.default_rng(2))[1]
for name, x, band in (
    ("centred and scaled", (x_sine - centre) / width, (0.35, 0.65)),
    ("moved by 5", x_sine + 5, (0.0, 0.3)),
):
    y, backward = tanh(affine(x, fresh["w"], fresh["b"])[0])
    measured(backward(np.ones_like(y))[0].mean(), *band, label=name)

# %% [markdown]
# *Dropout*, which the source of the example mentions (ignore random units during training), needs one
# more ingredient that it does not mention, a scaling. Chapter 05 has it.
#
# ## 15. Learned features of digits
#
# 40 hidden units, momentum, a small penalty.

# %%
model = mlp(64, 40, 10, initialise="he")
settings = {"optimiser": SGD(0.1, momentum=0.9), "epochs": 30, "batch_size": 32, "l2": 5e-4}
run = fit(model, images, labels, rng=np.random.default_rng(0), **settings)
measured(run.history[-1].train_accuracy, 0.985, 1, digits=4, label="training accuracy")

# %%
predicted = predict(model, run.params, digits.x_test)
measured(accuracy(predicted, digits.t_test), 0.97, 0.998, label="test accuracy")

# %% tags=["loose-figure"]
counts = np.zeros((10, 10), int)
np.add.at(counts, (digits.t_test, predicted), 1)
confusion(counts)

# %% [markdown]
# The linear classifier of chapter 01 has about 98 %. On these small, clean digits a hidden layer wins
# back a few of its mistakes, not more. What is left:

# %% tags=["loose-figure"]
wrong = np.flatnonzero(predicted != digits.t_test)[:5]
titles = [f"a {digits.t_test[n]},\ntaken for {predicted[n]}" for n in wrong]
image_grid(digits.x_test[wrong], titles)

# %% [markdown]
# What has been learnt? Each hidden unit has 64 weights, a picture. Here are the fifteen units whose
# outgoing weights are largest. Red pixels excite the unit, blue ones silence it.

# %% tags=["loose-figure"]
used = np.argsort(-(run.params[3]["w"] ** 2).sum(axis=0))[:15]
templates(run.params[1]["w"][used], [f"unit {n}" for n in used])

# %% [markdown]
# No whole digits any more, as in chapter 01, but strokes, gaps and edges here and there, which several
# digits share. How many of the units are active for an image?

# %%
hidden, _ = Sequential(*model.layers[:3]).apply(run.params[:3], digits.x_test)
measured((hidden > 0).mean(), 0.25, 0.65, label="share of active units")

# %% [markdown]
# The gain is clear where flat borders failed. Chapter 01 asked whether a digit is odd or even, and a
# linear classifier stayed at about 90 %:

# %%
even_odd = {"linear": softmax_regression(64, 2), "32 hidden units": mlp(64, 32, 2, initialise="he")}
settings = {"optimiser": SGD(0.1, momentum=0.9), "epochs": 20, "batch_size": 32}
for (name, model_2), band in zip(even_odd.items(), ((0.85, 0.94), (0.96, 1)), strict=True):
    parity = fit(model_2, images, labels % 2, rng=np.random.default_rng(0), **settings)
    right = accuracy(predict(model_2, parity.params, digits.x_test), digits.t_test % 2)
    measured(right, *band, label=f"odd or even, {name}")

# %% [markdown]
# ## 16. No guarantee
#
# The loss of a linear classifier is a bowl. That of a network is not, and here is a short argument.
# Renumber the hidden units, and their weights with them: the network computes the same, so the loss
# is the same, at another place of the landscape. In a bowl, everything between two equally low
# places is at least as low. Go from the trained network of section 15 to its copy in reversed order:


# %%
def reversed_units(params):
    _, first, _, last = params
    backwards = {"w": first["w"][::-1], "b": first["b"][::-1]}
    return {}, backwards, {}, last | {"w": last["w"][:, ::-1]}


def between(h, p, q):
    return tuple({n: (1 - h) * a[n] + h * b[n] for n in a} for a, b in zip(p, q, strict=True))


# %%
h, other = np.linspace(0, 1, 21), reversed_units(run.params)
J = [loss_and_gradient(model, between(each, run.params, other), images, labels)[0] for each in h]
measured(J[-1] / J[0], 0.999999, 1.000001, digits=7, label="loss of the copy : loss")
measured(J[10] / J[0], 5, 1000, label="loss half-way : loss")

# %% tags=["loose-figure"]
curves(h, {"loss": J}, "0 = the network, 1 = its copy", "loss")

# %% [markdown]
# A mountain between two valleys. So where gradient descent ends depends on where it starts. One
# source takes the local minimum that is reached for the lowest place. The smallest
# counterexample, $J=\theta^4-4\theta^2+\theta$ from $\theta=2$:


# %%
def two_valleys(theta):
    return theta**4 - 4 * theta**2 + theta


theta = 2.0
for _ in range(2000):
    theta -= 0.01 * (4 * theta**3 - 8 * theta + 1)
print(f"reached: J({theta:.3f}) = {two_valleys(theta):.2f}")
print(f"lowest:  J(-1.473) = {two_valleys(-1.473):.2f}")

# %%
line = np.linspace(-2.2, 2.2, 89)
marks = {"reached": (1.347, -2.62), "lowest": (-1.473, -5.44)}
curves(line, {"J": two_valleys(line)}, "θ", "J", marks)

# %% [markdown]
# What is reached is a place where the gradient is 0 (a stationary point, 驻点); nothing more is
# promised. In practice large networks find low places from almost any start. Small ones do not
# always: XOR with four relus, from eight starts.

# %%
settings = {"optimiser": SGD(0.5), "epochs": 300, "batch_size": 4}
four = mlp(2, 4, 2, initialise="he")
starts = [np.random.default_rng(seed) for seed in range(8)]
ends = [fit(four, x_xor, t_xor, rng=rng, **settings).history[-1] for rng in starts]
measured(sum(end.train_accuracy == 1 for end in ends), 5, 8, label="solved, of 8")
measured(max(end.loss for end in ends), 0.3, 0.7, label="loss of the worst")

# %% [markdown]
# ## 17. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** In the network of section 9, set the target to (3/4, 1/2). What are the twelve derivatives?
#
# <details><summary>Solution</summary>
#
# All 0: the outputs equal the targets, so both deltas of the output are 0, and everything behind is
# a multiple of them.
# </details>

# %% [markdown]
# **b.** The same network with binary cross-entropy on its two logits instead of squared error on its
# two outputs. Which numbers of section 9 change, and how?
#
# <details><summary>Solution</summary>
#
# The slopes of the output units go: $\delta^3=y-t=(-\frac14,\frac12)$. Then $W^\top\delta^3=
# (-\frac54,\frac34)$, and $\delta^2=(-\frac5{16},\frac9{64})$.
#
# ```python
# logits = Sequential(Affine(2, 2), Sigmoid(), Affine(2, 2))
# start = ({"w": w, "b": b}, {}, {"w": v, "b": c})
# x, t = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
# _, other = loss_and_gradient(logits, start, x, t, loss=binary_cross_entropy)
# print(fractions(other[0]["b"]))
# ```
#
# Here $W^\top e$ *is* the gradient by the hidden outputs: it is the right formula for another loss.
# </details>

# %% [markdown]
# **c.** Show that the slope of tanh is four times that of a sigmoid at twice the input.
#
# <details><summary>Solution</summary>
#
# Section 5: $\tanh z=2\sigma(2z)-1$. Differentiate: the slope is $2\cdot2\cdot\sigma'(2z)$.
# </details>

# %% [markdown]
# **d.** All weights and biases of a network with relus start at 0. Which gradients are not 0 at the
# first step, and what can the network ever learn?
#
# <details><summary>Solution</summary>
#
# All hidden outputs are 0 and all masks are 0, so only the biases of the last layer have a gradient.
# It learns how frequent the classes are, and nothing about the images. (`initialise="zero"` tries
# it. With tanh the masks would not be 0, but the weights above them are: the same.)
# </details>

# %% [markdown]
# **e.** In `slope_of_the_input`, use `y * (1 + y)` instead. At which entry does the checker object?
# And can you find a wrong slope that it does not notice at `z = 0`?
#
# <details><summary>Solution</summary>
#
# The first entry again, since a formula is compared, not a number. At $z=0$ alone every function with
# the value 1/4 there looks right, for instance `y / 2`: that is why numbers at one point prove little.
# </details>

# %% [markdown]
# **f.** Solve XOR with two hidden units and relu by training instead of by hand. How many of twenty
# starts succeed? And with eight units?
#
# <details><summary>Solution</summary>
#
# ```python
# for units in (2, 8):
#     one = mlp(2, units, 2, initialise="he")
#     ends = [
#         fit(one, x_xor, t_xor, rng=np.random.default_rng(n), **settings).history[-1]
#         for n in range(20)
#     ]
#     print(units, sum(end.train_accuracy == 1 for end in ends))
# ```
#
# With two units most starts fail: a unit that is silent for all four images never comes back, and one
# is not enough. With eight, most succeed.
# </details>

# %% [markdown]
# **g.** How many parameters has `mlp(64, 32, 16, 10)`, and how many products does one image cost
# forwards?
#
# <details><summary>Solution</summary>
#
# $64\cdot32+32+32\cdot16+16+16\cdot10+10=2778$ parameters, and $2048+512+160=2720$ products, one per
# weight.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016: chapter 4,
# all equations 4.1 to 4.38, Algorithm 2. Prose, code, numbers and pictures here are our own.
# - yuruoyuxi, *深度学习与计算机视觉: 深度学习必知基本概念以及链式求导*, cnblogs, 2018: neuron, losses,
# batches and epochs, the 2-2-2 network (with other numbers: ours make fractions).
# - J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, section 2, in a Chinese retelling
# (zouxy09, 2013): sensitivities, the recursion, the delta rule, centred inputs.
# - *卷积神经网络——卷积层、池化层和激活函数*, study notes on a course by A. Ng, 2018, section 1.11 (after a
# post of 迷川浩浩): relu against sigmoid.
# - manutdzou, *为什么CNN反向传播计算梯度时需要将权重旋转180度*, 2016: the delta of a node, with
# "proportional" (a formula that is an image there).
# - Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp*, 1998: the scaled tanh.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the sources, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | Zhang 4.1.3 | $\phi(\vec k)$ | $\phi(\vec x)$ (section 2) |
# | Zhang 4.14 | $\max(0,\vec w_d^\top\vec x)+b_d$ | $\max(0,\vec w_d^\top\vec x+b_d)$ (3) |
# | Zhang 4.29, Algorithm 2 | a factor $\vec x^\top$ | $\vec a^{(L-1)\top}$ (11) |
# | Zhang 4.36, Algorithm 2 | $W^\top$ | $W^{(l)\top}$ (11) |
# | Zhang 4.4.2 | the mask from layer $L$ on | from layer $L-1$ on (11) |
# | Zhang, Algorithm 2 | $\nabla_{\vec a^{(L-1)}}=\dots$ | $\nabla_{\vec a^{(L-1)}}\,\mathrm{err}=\dots$ |
# | 2-2-2 source, neuron | bias under the sum | added once (3) |
# | the same | the larger the weight | the larger its absolute value (3) |
# | the same, loss | $\frac12\sum(y-y')$ | with the square (7) |
# | the same, forwards | input of d is $a_1^2$; $A^3=W^3A^2+B^3$ | the net's inputs; with sigmoid (9) |
# | the same | derivatives by $w_{11}^2$, $w_{12}^2$, $w_{11}^1$ | by $w_{11}^3$, $w_{12}^3$, $w_{11}^2$ (9) |
# | the same | a parenthesis is left open | closed after the slope (9) |
# | the same | one output's error | both outputs (9) |
# | the same, errors sent back | three versions of $e_h$ | not the gradient (12) |
# | the same | a local minimum is the cheapest place | a stationary point (16) |
# | the same | backpropagation adjusts the weights | it computes the gradient (13) |
# | Bouvrie, retold | sigmoid has mean about 0, range [0, 1] | 1/2, (0, 1) (5) |
# | the same | cross product; $x\delta^\top$ | outer product, $\delta x^\top$ (10) |
# | study notes 1.11 | relu'(0) = 1, formula 0; "elu" | 0 by convention; relu (5) |
# | the same | no vanishing with relu; never trained again | less; per sample (6) |
# | the same | the derivative of the sigmoid is slow | the exponential is (5) |
# | rot180 page | $\delta\sim\dots$ | with the slope of each unit (10) |
#
# Next: chapter 03, layers that look at neighbourhoods.
