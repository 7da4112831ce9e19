"""What keeps a log provable while it grows: each hour a heartbeat, a bundle, an anchor and, if wanted, a time stamp."""

from .keeper import RETRY, Keeper
from .stamping import TimestampAuthority

__all__ = ["RETRY", "Keeper", "TimestampAuthority"]
