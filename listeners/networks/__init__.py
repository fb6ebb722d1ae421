"""One module a network, each a class behind the contract of `listeners.contract`."""
