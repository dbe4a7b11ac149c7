"""The explorer: controls, a function that draws, and the picture that follows the controls."""

from functools import partial

from nblib import plots
from nblib.widgets.panel import Panel


class Explorer(Panel):
    """Draws `draw(axes, **values)` again whenever a control moves. Made by `explore`."""

    def __init__(self, draw, controls, given=None, **options):
        super().__init__(draw, controls, given or {}, **options)
        self._again = lambda **values: Explorer(draw, controls, {**self.values, **values}, **options)
        self.render()

    def __call__(self, **values):
        """A new explorer, with the present settings but for `values`."""
        return self._again(**values)

    def _picture(self):
        self.canvas.clear()
        return self.draw(self.canvas.axes, **self.values) or ""


def explore(*, columns=1, rows=1, size=None, **controls):
    """Turn a function that draws into a widget.

        @explore(degree=slider("degree d", 0, 12, 3))
        def fit(axes, degree):
            axes.plot(...)
            return "a caption: what there is to see"
        fit

    The function gets empty axes (a list when there are several) and one argument a control. Keep the limits
    of the axes fixed where you can: then only what it draws is redrawn.
    """
    return lambda draw: Explorer(draw, controls, figure=partial(plots.figure, columns, rows, size))
