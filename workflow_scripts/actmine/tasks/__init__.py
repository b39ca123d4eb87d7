"""The lab's synthetic regression tasks, each with disjoint train and OOD regions."""
