"""What the losses over time tell of each example: data map, learning and forgetting, gain, IFD, noise rank.

    table = example_dynamics(run)      # train.dynamics.frame: a row per example, a column per signal
    COLUMNS[name].says                 # train.dynamics.columns: what each means, which end is the worst

losses.parquet → course (arrays by example and moment) → signals → noise rank → frame
                                        answers.parquet ↗  (`train ifd`)
"""
