"""The networks as pure functions of tensors, their checkpoints and the model registry."""
