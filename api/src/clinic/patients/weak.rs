//! The twin's list without `input-sql`: the search and the order are pasted into the statement, as is done where an
//! ORM's typed filters "don't fit".

use diesel::{
    dsl::sql,
    expression::SqlLiteral,
    sql_types::{Bool, Integer},
};

pub(super) fn family_name_begins(text: &str) -> SqlLiteral<Bool> {
    sql(&format!("family_name LIKE '{text}%'"))
}

pub(super) fn order_by(order: &str) -> SqlLiteral<Integer> {
    sql(order)
}
