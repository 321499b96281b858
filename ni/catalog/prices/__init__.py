"""What others say that models cost: price files read into quotes, and our prices beside them."""
