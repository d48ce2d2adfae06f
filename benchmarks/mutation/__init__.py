"""The parts of mutation_score.py: wrong versions of code, formulas and rules, and who notices them."""
