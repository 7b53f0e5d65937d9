"""Right and wrong answers to the exercises, a module for each chapter.

RIGHT: name of the exercise -> an answer that passes, as the arguments of `check`.
ALSO_RIGHT, if there is one: pairs of a name and another answer that passes.
WRONG: name -> three or more pairs of an answer and a word of what the reader is told.
"""
