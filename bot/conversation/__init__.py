"""A guided conversation as a pure function: state and event in, state and words out."""
