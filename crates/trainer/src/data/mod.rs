//! Domains of examples, mixtures of domains, and batches.

mod batch;
mod chat;
mod domain;
mod example;
mod formats;
mod mixture;
mod procedural;
mod tokenizer;

pub use self::batch::{Packing, micro_batches};
pub(crate) use self::domain::read_all;
pub use self::domain::{Domain, DomainSettings, EncodedDomain};
pub use self::example::{Encoded, Example};
pub use self::formats::{Columns, Format};
pub use self::mixture::{Draw, Plan};
pub use self::procedural::Task;
pub use self::tokenizer::TextTokenizer;
