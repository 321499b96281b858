"""What the gateway costs: latency, throughput, streams, memory and start, beside no proxy and a bare nginx.

`python -m bench` prints figures and where they stand against their targets; it is no test and never fails for being
slow. The load and the stand-in upstream are small C programs (`bench/native`), so that what is measured is the
gateway. `docs/performance.md` says how each row is measured. Linux only: it pins processes and reads `/proc`.
"""
