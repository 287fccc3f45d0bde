"""What the function of a peer returns."""

__all__ = ["Work"]


class Work:
    """Something to measure.

    :param call: A function without arguments that returns when its work is done.
    :param units: An int. How often it does the work in one call.
    :param facts: What else is to be told of this peer, such as a number of ops.
    """

    def __init__(self, call, units=1, **facts):
        self.call, self.units, self.facts = call, units, facts
