from .compat import K, layers
from .nets import capsnet
