"""Two sets of reports -> what changed, why, and whether that is expected.

:mod:`.places` says where reports are read from, :mod:`.pairs` walks them cell by cell,
:mod:`.arrivals` finds what a new release is to be compared with, :mod:`.causes` says what differs
besides the outcomes, :mod:`.groups` folds changes of one cause together, :mod:`.comparison` is
the whole of it, and :mod:`.formats` is how it is shown.
"""
