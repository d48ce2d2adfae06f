"""What gradient_checkers.py is made of: the gradients, the truth about them, the checkers, the score."""
