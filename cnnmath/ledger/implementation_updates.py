"""Chapter implementation, 002 section 6.3: parameter updates."""

from cnnmath.ledger import implementation_updates_checks as checks
from cnnmath.ledger import implementation_updates_printed as printed
from cnnmath.ledger.row import Printed, Row

ROWS: tuple[Row, ...] = (
    Row(
        "zhang-6.21",
        "6.3",
        "gradient descent with learning rate alpha",
        by="steepest_descent.update#gradient",
    ),
    Row(
        "zhang-6.22",
        "6.3",
        "what RMSprop remembers: a moving average of the squared gradient, for each parameter j its own. As "
        "a sum over all steps: rmsprop_start.step#recursion; its weights add up to 1 - beta^t "
        "(moving_average.weights#sum)",
        by="rmsprop_step.after#definition",
        claim=printed.own_average,
        printed=Printed(
            r"v_j\leftarrow\beta v_j+(1-\beta)\Bigl(\frac{\partial J}{\partial\theta_i}\Bigr)^2\ \forall j",
            r"v_j\leftarrow\beta v_j+(1-\beta)\Bigl(\frac{\partial J}{\partial\theta_j}\Bigr)^2\text{: }i"
            r"\text{ is bound nowhere, and any one }i\text{ would give all parameters the same average}",
            "author or extraction",
            printed.one_for_all,
        ),
    ),
    Row(
        "zhang-6.23",
        "6.3",
        "the step of RMSprop: epsilon stands outside the root",
        by="rmsprop_step.moved#definition",
        claim=printed.step_by_step,
    ),
    Row(
        "zhang-6.3-a",
        "6.3",
        "where v has become g^2 the effective rate is alpha/|g|. It does become g^2: of a gradient that "
        "keeps its size, v lacks the share beta^t after t steps (rmsprop_start.gap#power). A larger "
        "gradient has the smaller rate (rmsprop_step.larger#difference, rmsprop_step.falls#not-negative)",
        by="rmsprop_step.rate#size",
    ),
    Row(
        "zhang-6.3-b",
        "6.3",
        "usual values of beta and epsilon, which keeps 0 from being divided by 0. The document does not say "
        "what v starts from; from v = 0 the first step is 1/sqrt(1 - beta) times the rate "
        "(rmsprop_start.first#rate)",
        check=checks.usual_settings,
    ),
    Row(
        "zhang-6.3-c",
        "6.3",
        "other rules: momentum (momentum_sum.step#recursion), Nesterov's (look_ahead.update#recursion), "
        "Adagrad (adagrad_sum.step#recursion), Adam (adam_step.mean#recursion, adam_step.square#recursion); "
        "rates of their own for each parameter make alpha easier to choose",
        not_checkable="names of rules and an experience that no formula states; on one set of data it is "
        "measured by benchmarks/optimisers.py",
    ),
)
