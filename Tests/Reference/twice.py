"""Convolutions for losses that are made of gradients, such as R1.

PyTorch's own takes the weights' gradient of such a loss as a convolution with kernels as large as images, and that of a
filter, too, channel by channel, though nobody asks for it. Here it is what a plain backward pass takes: the same arithmetic
in less time.
"""

import torch


class Convolution(torch.autograd.Function):
    """An image's gradient is one, too. Strides must leave nothing over at the border."""

    takes_weights = True

    @staticmethod
    def forward(ctx, x, weight, bias, stride, padding, groups, is_transposed):
        ctx.save_for_backward(x, weight)
        ctx.how = [stride, stride], [padding, padding], [1, 1], is_transposed, [0, 0], groups
        return torch.convolution(x, weight, bias, *ctx.how)

    @staticmethod
    def backward(ctx, g):
        x, weight = ctx.saved_tensors
        (stride, _), (padding, _), _, is_transposed, _, groups = ctx.how
        wants = [wanted and Convolution.takes_weights for wanted in ctx.needs_input_grad[1:3]]
        on_x = on_weight = on_bias = None
        if ctx.needs_input_grad[0]:
            on_x = Convolution.apply(g, weight, None, stride, padding, groups, not is_transposed)
        if any(wants):
            _, on_weight, on_bias = torch.ops.aten.convolution_backward(
                g, x, weight, [g.shape[1]], *ctx.how, [False, *wants]
            )
        return on_x, on_weight, on_bias, None, None, None, None


def conv(x, weight, bias=None, stride=1, padding=0, groups=1):
    return Convolution.apply(x, weight, bias, stride, padding, groups, False)


def conv_transpose(x, weight, stride=1, padding=0, groups=1):
    return Convolution.apply(x, weight, None, stride, padding, groups, True)


def slope(y, x):
    """The gradient of the sum of y, to be differentiated again."""
    # Autograd would ask these convolutions for their weights' gradients, though only x is to have one.
    Convolution.takes_weights = False
    slope = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    Convolution.takes_weights = True
    return slope
