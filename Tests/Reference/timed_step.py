"""What the timings of training steps in PyTorch have in common: their options, and what is measured."""

import argparse
import json
import resource
import statistics
import time

import torch


def parse(cases, **flags):
    """The options, with further flags by name and help, and the memory format that they choose; PyTorch is set up by them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=cases)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--memory", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    for name, help in flags.items():
        parser.add_argument("--" + name.replace("_", "-"), action="store_true", help=help)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    return options, torch.channels_last if options.memory == "channels_last" else torch.contiguous_format


def measure(step, batch, options):
    """Prints the speed of steps, or where their time goes.

    Where not all steps have the same parts, a step is a list of these, each with the share of the steps that have it: all
    are run, and the seconds are a mean step's. A profile is of all parts, once each.
    """
    parts = [(step, 1)] if callable(step) else step

    def seconds():
        total = 0
        for part, share in parts:
            start = time.perf_counter()
            part()
            total += share * (time.perf_counter() - start)
        return total

    for _ in range(3):
        seconds()
    if options.profile:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            for _ in range(options.steps):
                seconds()
        print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=25))
        return
    times = [seconds() for _ in range(options.steps)]
    quarters = statistics.quantiles(times, n=4) if len(times) > 1 else [times[0]] * 3
    print(
        json.dumps(
            dict(
                case=options.case,
                threads=options.threads,
                batch=batch,
                images_per_second=batch / statistics.median(times),
                spread=(quarters[2] - quarters[0]) / 2 / statistics.median(times),
                peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            )
        )
    )
