"""The whole product in one process with simulated time, so that thousands of calls can be struck one at a time."""
