"""Trains a function's networks on a suite and turns their losses into fitness.

It knows no population and no mutator; its child sees neither formulas nor test targets.
"""
