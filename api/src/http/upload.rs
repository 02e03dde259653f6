//! An endpoint that takes a stream. It has three parts, because nobody's transaction may wait for a client: the permission
//! and all that can be refused by the head of the request, the body, the row.

use super::{
    answer::Answer,
    call::Call,
    input::{Description, Input, text_parameter},
    problem::Problem,
    stream::Incoming,
};
use crate::{access::Permission, service::Service};
use actix_web::http::header::HeaderMap;
use utoipa::openapi::{Required, path::ParameterIn};

/// How the name of a file is sent (RFC 6266, RFC 8187).
const NAME: &str = r"^attachment; filename\*=UTF-8''[A-Za-z0-9!#$&+^_`|~%][A-Za-z0-9!#$&+^_`|~%.-]*$";

/// What stands before the name.
pub const NAME_FORM: &str = "attachment; filename*=UTF-8''";
/// The longest name in UTF-8: what a file system has room for.
pub const LONGEST_NAME_BYTES: usize = 255;
/// Characters of all that, when every byte is escaped.
const LONGEST_NAME: usize = NAME_FORM.len() + 3 * LONGEST_NAME_BYTES;

/// An operation that takes a file.
#[expect(async_fn_in_trait, reason = "called by `dispatch` alone, on the worker's own thread")]
pub trait Upload: 'static {
    /// What the caller must be allowed.
    type Permission: Permission;
    /// What stands in the path and the query.
    type Input: Input;
    /// What is known when the body begins.
    type Admitted;
    /// What is known when it has ended.
    type Received;
    /// The answer.
    type Answer: Answer + 'static;
    /// The media types that the body may be declared as.
    const MEDIA: &'static [&'static str];

    /// The largest body, in bytes.
    fn limit(service: &Service) -> u64;

    /// Decides whether the body is worth reading; in a transaction that reads, and ends before the body begins.
    ///
    /// # Errors
    /// Why not.
    async fn admit(
        call: &mut Call<Self::Permission>,
        input: Self::Input,
        headers: &HeaderMap,
    ) -> Result<Self::Admitted, Problem>;

    /// Takes the body, outside any transaction.
    ///
    /// # Errors
    /// What is wrong with it.
    async fn receive(
        service: &Service,
        admitted: Self::Admitted,
        body: &mut Incoming<'_>,
    ) -> Result<Self::Received, Problem>;

    /// Writes the row. The caller's right is looked up anew: much may have changed since the body began.
    ///
    /// # Errors
    /// Why not; nothing of the body is kept then.
    async fn keep(
        call: &mut Call<Self::Permission>,
        received: Self::Received,
    ) -> Result<Self::Answer, Problem>;
}

/// What the head of the request says: the file's name besides the input.
pub(super) fn describe<U: Upload>(description: &mut Description) {
    U::Input::describe(description);
    let about = "The name of the file: `attachment; filename*=UTF-8''report.pdf`, in UTF-8, escaped by `%`.";
    let name = text_parameter(
        "Content-Disposition",
        ParameterIn::Header,
        Required::True,
        about,
        (NAME, LONGEST_NAME),
    );
    description.parameters.push(name);
}
