"""A user's code -> which measured combinations can run it, and what stands in the way.

Nothing of the code is run. ``following`` reads one file and follows names through it; ``tree``
links files; ``judging`` asks the measured table of each reference, and ``answers`` puts it
together; ``fixing`` and ``formats`` make something of the answer.
"""
