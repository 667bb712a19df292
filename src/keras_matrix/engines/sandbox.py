"""What is the same in every run of a command, whichever engine runs it."""

from collections.abc import Mapping

# Everything that could make two runs of one cell differ, or reach for what isn't there.
FIXED_VARIABLES: Mapping[str, str] = {
    "CUDA_VISIBLE_DEVICES": "",
    "HOME": "/tmp",
    "JAX_PLATFORMS": "cpu",
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUNBUFFERED": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TZ": "UTC",
}
