//! When somebody asks for data at an odd hour, or often (catalogue P9): administrators hear of it while it still waits
//! for them.

use super::quota;
use crate::{
    access::{Role, permission::RequestExports},
    audit::EventName,
    http::{call::Call, problem::Problem},
    organizations::alerts::{self, Alert},
    store::types::Moment,
};
use chrono::Timelike;

/// The hours of UTC within which asking is usual.
const USUAL: std::ops::Range<u32> = 6..20;
/// Exports of one member in a day that are usual.
const A_DAY: i64 = 2;

const ALERT: Alert = Alert {
    event: EventName::ExportAnomaly,
    what: "Somebody asked for a patient's whole data at an odd hour, or for the third time in a day",
    next: "Read the reason they gave before you approve, and ask them in person",
};

const fn is_odd(hour: u32, in_a_day: i64) -> bool {
    hour < USUAL.start || hour >= USUAL.end || in_a_day > A_DAY
}

/// Tells the administrators, if what was just asked for is unusual.
pub(super) async fn tell(call: &mut Call<RequestExports>, now: Moment) -> Result<(), Problem> {
    if !is_odd(now.time().hour(), quota::in_a_day(call, now).await?) {
        return Ok(());
    }
    call.audit.instead(EventName::ExportAnomaly);
    alerts::tell(call, &[Role::Admin], ALERT).await
}

#[cfg(test)]
mod tests {
    use super::is_odd;

    #[test]
    fn the_night_and_the_third_in_a_day_are_odd() {
        for (hour, in_a_day, odd) in
            [(6, 1, false), (19, 2, false), (5, 1, true), (20, 1, true), (0, 1, true), (12, 3, true)]
        {
            assert_eq!(is_odd(hour, in_a_day), odd, "{in_a_day} at {hour}");
        }
    }
}
