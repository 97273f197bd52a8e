"""How dates and times are written, where that is not as Django has it. Every language has every name here."""
