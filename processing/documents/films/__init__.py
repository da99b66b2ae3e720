"""What is done with the films of finished documents: they are sent to their owners, and made anew for another model."""
