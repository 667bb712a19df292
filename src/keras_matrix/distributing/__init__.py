"""Many machines: cells measured by the workers of a Dask cluster, each with its own engine.

:mod:`.orders` is what goes over the wire, :mod:`.remote` runs on a worker, :mod:`.board` decides
who measures what (pure), :mod:`.executor` is the campaign's ``concurrent.futures.Executor`` over
them, and :mod:`.cluster` the only door to Dask.
"""
