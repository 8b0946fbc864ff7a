//! The shipped catalogue in the departments of the demonstration, and what its tickets say in the forms.

use std::collections::BTreeMap;

use jiff::{ToSpan as _, tz::TimeZone};
use mesh_core::{clock, error::Result};
use proto::{
    identity::v1::Department,
    tickets::v1::{AdoptCategoryTemplatesRequest, Choices, FieldValue, Money, Ticket, field_value::Value},
};

use super::{
    client::{Person, patiently},
    people::{Places, request_id},
    play::Words,
    stories::{Place, Said, Story},
};

/// What the product of an asset may be, as the shipped field offers it.
const PRODUCTS: [&str; 5] = ["laptop", "printer", "projector", "mouse", "keyboard"];

/// The categories of the demonstration.
#[derive(Debug)]
pub(super) struct Shelves {
    /// Ids by place and name.
    categories: BTreeMap<(usize, String), String>,
}

/// Takes each department's part of the shipped catalogue in.
pub(super) async fn adopt(admin: &Person, places: &Places) -> Result<Shelves> {
    let mut categories = BTreeMap::new();
    for place in Place::ALL {
        let ask = AdoptCategoryTemplatesRequest {
            department_id: places.id(place).into(),
            template_keys: place.templates().iter().map(|key| (*key).to_owned()).collect(),
            request_id: request_id("catalogue", place as usize),
        };
        let adopted =
            patiently(async || admin.catalogue().adopt_category_templates(ask.clone()).await).await?;
        categories.extend(adopted.categories.into_iter().map(|one| ((place as usize, one.name), one.id)));
    }
    Ok(Shelves { categories })
}

impl Shelves {
    /// The ticket in its story's category with the form filled; as it is when the form has no place for its thing.
    pub(super) fn file(
        &self,
        ticket: Ticket,
        story: &Story,
        words: &Words,
        department: &Department,
    ) -> Ticket {
        let answer = |(key, said): &(&str, Said)| {
            Some(((*key).to_owned(), FieldValue { value: Some(answer(*said, words, department)?) }))
        };
        let fields: Option<BTreeMap<_, _>> = story.form.iter().map(answer).collect();
        let category = self.categories.get(&(story.place as usize, story.category.to_owned()));
        match (category, fields) {
            (Some(category_id), Some(fields)) => {
                Ticket { category_id: category_id.clone(), fields, ..ticket }
            }
            _ => ticket,
        }
    }
}

/// The value; `None` when the thing is no product the form knows.
fn answer(said: Said, words: &Words, department: &Department) -> Option<Value> {
    Some(match said {
        Said::Text(text) => Value::Text(words.fill(text)),
        Said::Option(key) => Value::Text(key.to_owned()),
        Said::Product => {
            let product = PRODUCTS.into_iter().find(|product| words.thing.contains(product))?;
            Value::Text(product.to_owned())
        }
        Said::Options(keys) => {
            Value::Choices(Choices { keys: keys.iter().map(|key| (*key).to_owned()).collect() })
        }
        // From the day the department was made, so that filing again says the same.
        Said::Day(days) => {
            let made = clock::from_proto(department.create_time.as_ref()?)?;
            let day = TimeZone::UTC.to_datetime(made).date().checked_add(days.days()).ok()?;
            Value::Date(day.to_string())
        }
        Said::Euros(units) => Value::Money(Money { currency_code: "EUR".into(), units, nanos: 0 }),
    })
}
