"""Money: prices, estimates, limits, what was spent, and how it is reconciled with a balance."""
