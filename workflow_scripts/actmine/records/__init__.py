"""What the stages write down: candidates, slots, proposals, evaluations, and their legal steps.

Records hold facts and refuse contradictory ones. They know no setting, no task and no torch.
"""
