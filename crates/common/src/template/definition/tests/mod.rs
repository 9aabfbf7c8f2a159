//! Definitions of templates: what is valid, what is not and why.
