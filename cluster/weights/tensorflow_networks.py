"""What pickles of NVIDIA's TensorFlow networks have in common: a tuple of the networks G, D and Gs (the averaged G), each with
its variables and with the arguments that differ from its function's defaults."""

from conversion import Source, is_power_of_two
from failure import bad_data, shown, visible
from pickles import TensorFlowNetwork
from sources import arrays_of_tensorflow

# Title, and group in a checkpoint.
PLACES = (("G", "generator"), ("D", "discriminator"), ("Gs", "ema"))


def is_tuple(value):
    return isinstance(value, (tuple, list)) and len(value) == 3 and all(
        isinstance(network, TensorFlowNetwork) for network in value)


def function(network):
    """The name of the function that builds a network."""
    name = network.state.get("build_func_name")
    return name if isinstance(name, str) else ""


class Arguments:
    """Of a network's function: those that are known are read, and others are not passed over."""

    def __init__(self, network, title):
        found = network.state.get("static_kwargs")
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
            raise bad_data(f"{title} has no arguments")
        self.found, self.title, self.read = found, title, set()

    def __call__(self, name, default=None):
        """None may be a value of its own."""
        self.read.add(name)
        return self.found.get(name, default)

    def number(self, name, default, least=0):
        value = self(name, default)
        if type(value) is not int or not least <= value < 1 << 24:
            raise bad_data(f"{self.title}: {name} is {shown(value)}, expected a number from {least} on")
        return value

    def flag(self, name):
        """True where it is not said."""
        value = self(name, True)
        if type(value) is not bool:
            raise bad_data(f"{self.title}: {name} is {shown(value)}, expected True or False")
        return value

    def expect(self, **expected):
        """What ganglion's networks have no choice in."""
        for name, value in expected.items():
            found = self(name, value)
            if type(found) is tuple:
                found = list(found)
            if type(found) is not type(value) or found != value:
                raise bad_data(f"{self.title}: {name} is {shown(found)}, but ganglion's networks have {value}")

    def ignore(self, *names):
        """What changes nothing of a network's function."""
        self.read.update(names)

    def check_all_read(self):
        for name, value in self.found.items():
            if name not in self.read:
                raise bad_data(f"{self.title}: {visible(name)} is {shown(value)}, which ganglion's networks do not know")


def outputs_first(array):
    """A convolution's HWIO as OIHW."""
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array


def resolution(arguments, default):
    found = arguments.number("resolution", default, 4)
    if not is_power_of_two(found):
        raise bad_data(f"{arguments.title}: resolution is {found}, expected a power of two")
    return found


def source(network, title, kind=Source):
    return kind(title, arrays_of_tensorflow(network))
