"""Training of posteriors: costs, minibatches and the compiled loop over steps."""
