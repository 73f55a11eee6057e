"""What near rows are to each other: which row stands for which, what contradicts what.

`facts` are what is known of every row, `graphs` which rows are near, `sides` what makes two of them
duplicates or a contradiction: words, `operations` and `tools`. `leaders` finds the row kept for each
duplicate, `opposed` rows that share one side only, `flags` chooses what of it is shown. `apart` are rows that
reviewers told apart, `fates` what becomes of duplicates, `remarks` what is said of rows that stay.
"""
