//! The matrix as a text that a reviewer can read line by line.

use super::{Matrix, Relation, Standing, endpoints};
use std::fmt;

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<20}", "")?;
        for standing in Standing::ALL {
            write!(f, " {:>10}", standing.name())?;
        }
        writeln!(f)?;
        for endpoint in endpoints() {
            writeln!(f, "{} {}", endpoint.method, endpoint.path)?;
            for relation in Relation::ALL {
                let row = Standing::ALL
                    .map(|standing| self.cells.get(&(endpoint, relation, standing)).copied().flatten());
                if row.iter().all(Option::is_none) {
                    continue;
                }
                write!(f, "  {:<18}", relation.name())?;
                for status in row {
                    match status {
                        Some(status) => write!(f, " {status:>10}")?,
                        None => write!(f, " {:>10}", "-")?,
                    }
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

impl Matrix {
    /// Where this text differs from a reviewed one, line by line.
    #[must_use]
    pub fn differences(&self, reviewed: &str) -> Vec<String> {
        let own = self.to_string();
        let (mut own, mut reviewed) = (own.lines(), reviewed.lines());
        let mut differences = Vec::new();
        loop {
            match (own.next(), reviewed.next()) {
                (None, None) => return differences,
                (own, reviewed) if own == reviewed => {}
                (own, reviewed) => {
                    differences.extend(reviewed.map(|line| format!("- {line}")));
                    differences.extend(own.map(|line| format!("+ {line}")));
                }
            }
        }
    }
}
