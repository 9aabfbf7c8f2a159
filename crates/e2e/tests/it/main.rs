//! Whole journeys through the running product.

#[cfg(test)]
mod audience;
#[cfg(test)]
mod books;
#[cfg(test)]
mod catch;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod said;

#[cfg(test)]
mod auditor;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod fire;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod opt_out;
#[cfg(test)]
mod personal_data;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod stopping;
